/* Any bytes are an error, or a decision for each reference; and recalled, an error or an account of each. */
#include "fuzz.h"

#include "bank/decisions.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    enum { N = 3 };
    static const char *const paths[N] = {"refs/a.png", "refs/b \xff.png", "refs/c\n.png"};
    static const char *const sha256[N] = {"aa", "bb", ""};
    pb_decision decisions[N] = {(pb_decision)99, (pb_decision)99, (pb_decision)99};
    const pb_status status =
        pb_decisions_parse((const char *)bytes, size, "decisions.json", paths, sha256, N, decisions);
    if (status == PB_STATUS_OK)
        for (int i = 0; i < N; i++)
            FUZZ_CHECK(decisions[i] >= PB_DECISION_KEEP && decisions[i] <= PB_DECISION_RECAPTURE);
    fuzz_check_end(status);
    pb_recall recall;
    const pb_status recalled = pb_recall_parse((const char *)bytes, size, "decisions.json", paths, sha256, N, &recall);
    FUZZ_CHECK(status != PB_STATUS_OK || (recalled == PB_STATUS_OK && recall.n_gone == 0));
    for (int i = 0; recalled == PB_STATUS_OK && i < N; i++)
        FUZZ_CHECK(recall.images[i].kind >= PB_RECALL_NEW && recall.images[i].kind <= PB_RECALL_CHANGED);
    pb_recall_free(&recall);
    fuzz_check_end(recalled);
    return 0;
}
