/* What mend says: the audit of new references, verdicts that turn, traces, the history. */
#ifndef PB_CLI_MEND_SHOW_H
#define PB_CLI_MEND_SHOW_H

#include <jansson.h>

#include <purebank/purebank.h>

#include "base/error.h"

typedef struct cli_mend_shown {
    const char *output; /* the bank that is written; NULL: none */
    pb_audit *audit;    /* of the references as they will be */
    int64_t n_gone;     /* known parts whose photos are gone */
    int64_t n_parts, n_turned,
        n_themselves;          /* judged; of which verdicts turn; references in one of the banks, not judged */
    json_t *verdicts, *traces; /* arrays, or NULL */
} cli_mend_shown;

void cli_mend_shown_free(cli_mend_shown *shown);

/* Takes note of a part; says it where its verdict turns. */
pb_status cli_mend_note_verdict(cli_mend_shown *shown, const char *path, const pb_verdict_change *change);

/* What n patches of a part were compared with. */
pb_status cli_mend_show_trace(cli_mend_shown *shown, const pb_bank *bank, const char *path, const pb_features *part,
                              const int32_t *patches, int64_t n, const double *patch_scores);

void cli_mend_show_change(const cli_mend_shown *shown, const pb_bank *old, const pb_bank *mended, int64_t n_added);
void cli_mend_show_history(const pb_bank *bank);

/* @param mended NULL: nothing changes */
pb_status cli_mend_write_json(cli_mend_shown *shown, const pb_bank *old, const pb_bank *mended, const char *path);

#endif
