#include "findings.h"

#include <stdio.h>

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
static void warn_about(const pb_bank_finding *finding)
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
        cli_warn("the threshold %.4g is %.1f times what good parts typically score (%.4g): defects that score in "
                 "between will "
                 "pass. %s",
                 finding->value, finding->value / finding->limit, finding->limit, what_helps);
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
        warn_about(&findings[i]);
}

/* How the value of a finding reads. */
typedef enum finding_value { NO_VALUE, COUNT, COUNT_OF_LIMIT, RATES, SCORES } finding_value;

static const struct {
    const char *text;
    finding_value value;
} words[] = {
    [PB_FINDING_FEW_REFERENCES] = {"few good references", COUNT},
    [PB_FINDING_ZERO_THRESHOLD] = {"the references repeat each other: practically every new part fails; threshold",
                                   SCORES},
    [PB_FINDING_DEFECTS_MAY_PASS] = {"defects may pass, as the threshold is far above what good parts score", SCORES},
    [PB_FINDING_RATE_NOT_PROMISED] = {"the false-alarm rate rests on log scores being normal", RATES},
    [PB_FINDING_NO_AUDIT] = {"nothing looked for bad references", NO_VALUE},
    [PB_FINDING_NOT_REVIEWED] = {"flagged references that nobody has decided about", COUNT},
    [PB_FINDING_FLAGGED_KEPT] = {"flagged references in the bank", COUNT},
    [PB_FINDING_UNKNOWN_ORIGIN] = {"features of unknown origin: photos cannot be scored", NO_VALUE},
    [PB_FINDING_DEFECTS_PASS] = {"known defects that pass", COUNT_OF_LIMIT},
};

static void write_value(const pb_bank_finding *finding, char *text, size_t size)
{
    const double value = finding->value, limit = finding->limit;
    text[0] = '\0';
    switch (words[finding->kind].value) {
    case COUNT:
        snprintf(text, size, ": %.0f", value);
        break;
    case COUNT_OF_LIMIT:
        snprintf(text, size, ": %.0f of %.0f", value, limit);
        break;
    case RATES:
        snprintf(text, size, ": %g %%, where %.2g %% can be promised without", 100 * value, 100 * limit);
        break;
    case SCORES:
        snprintf(text, size, ": %.4g against %.4g", value, limit);
        break;
    case NO_VALUE:
        break;
    }
}

void cli_say_findings(const pb_bank *bank)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    if (n == 0)
        cli_say("  weak points     none found");
    for (int64_t i = 0; i < n; i++) {
        char value[96];
        write_value(&findings[i], value, sizeof value);
        cli_say("  %-14s  %s%s", i == 0 ? "weak points" : "", words[findings[i].kind].text, value);
    }
}
