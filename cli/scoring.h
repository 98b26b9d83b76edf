/* Parts against a bank, a batch at a time: shared by score and eval. */
#ifndef PB_CLI_SCORING_H
#define PB_CLI_SCORING_H

#include <stdbool.h>

#include <purebank/purebank.h>

#include "inputs.h"
#include "options.h"
#include "part_heatmaps.h"

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

/* Parts first .. first + n as scored. */
typedef struct cli_scored {
    int64_t first, n;
    const double *patch_scores; /* n x P */
    const double *image_scores; /* n */
    /* n: what the guard says of each photo; where the bank has none, all are usable. */
    const pb_guard_verdict *guarded;
    const cli_png *maps; /* n; NULL unless they are drawn */
} cli_scored;

/* What is to be done with parts, in order. */
typedef struct cli_receiver {
    bool draw; /* heatmaps */
    pb_status (*scored)(void *context, const cli_scored *batch);
    /* A part whose photo cannot be read; pb_error_message() says why. NULL: that is an error. */
    pb_status (*unreadable)(void *context, int64_t i);
    void *context;
} cli_receiver;

/* Scores all inputs; memory does not depend on their number. Warns of images that are in the bank themselves. Where this process
 * only computes for another, that one's inputs, and nothing is received. */
pb_status cli_scorer_run(cli_scorer *scorer, const cli_inputs *inputs, const cli_receiver *receiver);

#endif
