/** @file purebank.h
 *  @brief All of purebank. The data's way: image -> backbone -> features -> references -> audit, mask -> bank -> scores ->
 *  metrics -> report.
 *
 *  Conventions: arrays are row-major; sizes are int64_t; inputs come before outputs and an array before its sizes; `n` counts
 *  rows, `k` neighbours, `dim` channels; `_new`, `_open`, `_fit` and `_load` give ownership, `_free` and `_close` take it
 *  back and accept NULL; "borrowed" memory must outlive the borrower. Of a handle `_n_images` says how many there are, and `_image_at`
 *  gives number i; `_get_` stands where a type has the name already. An enum has `_name`, and `_parse` where people write it.
 *
 *  Threads: a function may run in several threads at once on different objects. An object that is passed as const may be
 *  shared while they read; any other belongs to one thread at a time. pb_threads_set() is for the start of a program. */
#ifndef PUREBANK_PUREBANK_H
#define PUREBANK_PUREBANK_H

#include <purebank/audit.h>
#include <purebank/augment.h>
#include <purebank/backbone.h>
#include <purebank/bank.h>
#include <purebank/cache.h>
#include <purebank/calibrate.h>
#include <purebank/catalog.h>
#include <purebank/cell.h>
#include <purebank/coreset.h>
#include <purebank/dataset.h>
#include <purebank/effect.h>
#include <purebank/experiment.h>
#include <purebank/features.h>
#include <purebank/guard.h>
#include <purebank/image.h>
#include <purebank/index.h>
#include <purebank/mend.h>
#include <purebank/metrics.h>
#include <purebank/protocol.h>
#include <purebank/purify.h>
#include <purebank/references.h>
#include <purebank/report.h>
#include <purebank/results.h>
#include <purebank/roi.h>
#include <purebank/runtime.h>
#include <purebank/score.h>
#include <purebank/selection.h>
#include <purebank/sensitivity.h>
#include <purebank/stats.h>
#include <purebank/status.h>
#include <purebank/study.h>
#include <purebank/synthetic.h>
#include <purebank/tables.h>

#endif
