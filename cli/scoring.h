/* Parts against a bank, a batch at a time: shared by score and eval. */
#ifndef PB_CLI_SCORING_H
#define PB_CLI_SCORING_H

#include <stdbool.h>

#include <purebank/purebank.h>

#include "inputs.h"

typedef struct cli_scorer {
    pb_bank *bank;
    const char *bank_path;
    const char *backbone_name; /* of --backbone; NULL: the name that the bank knows */
    const char *precision;     /* of --precision; NULL: the bank's */
    bool allow_precision_mix;
    pb_backbone *backbone; /* NULL while parts come as features */
} cli_scorer;

/* Loads the bank that the first argument names. */
pb_status cli_scorer_open(const cli_settings *settings, cli_scorer *out);
/* Fails unless `origin` is the bank's in all that matters. With --allow-precision-mix it takes the bank's precision. */
pb_status cli_scorer_match(const cli_scorer *scorer, pb_features *features, const char *name);
/* Opens the bank's backbone and checks that it is the very one the bank was built with. */
pb_status cli_scorer_open_backbone(cli_scorer *scorer);
void cli_scorer_close(cli_scorer *scorer);

/* Receives a batch: parts first .. first + n, patch scores n x P, image scores n, and what the guard says of each photo. Where the
 * bank has none, all are usable. */
typedef pb_status (*cli_batch_fn)(void *context, int64_t first, int64_t n, const double *patch_scores,
                                  const double *image_scores, const pb_guard_verdict *guarded);

/* Receives a part whose photo cannot be read; pb_error_message() says why. */
typedef pb_status (*cli_unreadable_fn)(void *context, int64_t i);

/* Scores all inputs in order; memory does not depend on their number. Warns of images that are in the bank themselves.
 * A photo that cannot be read goes to `unreadable`, and the others are scored; where that is NULL it is an error. */
pb_status cli_scorer_run(cli_scorer *scorer, const cli_inputs *inputs, cli_batch_fn receive,
                         cli_unreadable_fn unreadable, void *context);

#endif
