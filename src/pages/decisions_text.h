/* The audit's decisions as the page carries them: what its script saves as decisions.json.
 *
 *   {"format": "purebank-decisions", "version": 1, "rule": "imgmax_mad", "multiplier": 1.5,
 *    "images": [{"path": "good/003.png", "sha256": "", "decision": "keep" | "remove" | "recapture"}, ...]}
 *
 * Images stand in the order of the features. `sha256` is the file's when the report was written, "" where it
 * could not be read. JSON is Unicode: in a path that is not valid UTF-8 each invalid byte is U+FFFD
 * (pb_json_lossy_string(), by which they are read too). */
#ifndef PB_PAGES_DECISIONS_TEXT_H
#define PB_PAGES_DECISIONS_TEXT_H

#include <purebank/report.h>

/* Compact JSON; free with pb_free(). */
pb_status pb_decisions_text(const pb_audit_report *content, char **out);

#endif
