#include "findings.h"

#include "terminal.h"

bool cli_has_finding(const pb_bank *bank, pb_bank_finding_kind kind)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    for (int64_t i = 0; i < n; i++)
        if (findings[i].kind == kind)
            return true;
    return false;
}

static const char what_helps[] =
    "What helps: more references, that show all that good parts may look like; a threshold by verified good parts "
    "(purebank calibrate); a checkpoint of a trained network (--backbone)";

/* Where the numbers are right and yet promise little. */
static void warn_about(const pb_bank_finding *finding, const pb_bank *bank)
{
    switch (finding->kind) {
    case PB_FINDING_FEW_REFERENCES:
        cli_warn("only %lld good references: they show little of what good parts may look like; take 10 or more",
                 (long long)finding->value);
        break;
    case PB_FINDING_ZERO_THRESHOLD:
        cli_warn(
            "the threshold %.2g is practically 0 (patches lie %.2g apart): the references repeat each other, so that "
            "every new part will fail; leave the copies out and fit again",
            finding->value, finding->limit);
        break;
    case PB_FINDING_DEFECTS_MAY_PASS:
        cli_warn("the threshold %.4g is %.1f times the highest score of a good part (%.4g), as so few of them cannot "
                 "bound a "
                 "rate of %g %% more closely: defects that score in between will pass. %s",
                 finding->value, finding->value / finding->limit, finding->limit,
                 100 * pb_bank_threshold(bank)->false_alarm_rate, what_helps);
        break;
    case PB_FINDING_DEFECTS_PASS:
        cli_warn("%lld of %lld known defects pass. %s", (long long)finding->value, (long long)finding->limit,
                 what_helps);
        break;
    default: /* the summary says it, or nothing needs to be said */
        break;
    }
}

void cli_warn_about_weakness(const pb_bank *bank)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    for (int64_t i = 0; i < n; i++)
        warn_about(&findings[i], bank);
}
