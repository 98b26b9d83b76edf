#include "findings.h"

#include <ctype.h>
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

/* NULL: it has none of this kind. */
static const pb_bank_finding *find(const pb_bank_finding *findings, int64_t n, pb_bank_finding_kind kind)
{
    for (int64_t i = 0; i < n; i++)
        if (findings[i].kind == kind)
            return &findings[i];
    return NULL;
}

/* What may help where defects pass, by what the bank was told already. */
static void advise(const pb_bank *bank, const pb_bank_finding *findings, int64_t n, char *out, size_t size)
{
    const pb_bank_finding *mixed = find(findings, n, PB_FINDING_NOT_SEPARATED);
    const pb_bank_finding *not_reviewed = find(findings, n, PB_FINDING_NOT_REVIEWED);
    const char *threshold =
        pb_bank_n_verified(bank) == 0 ? "a threshold by verified good parts (purebank calibrate); "
        : find(findings, n, PB_FINDING_DEFECTS_PASS)
            ? "a lower threshold, at the price that the table of purebank calibrate shows (--false-alarm-rate); "
        : find(findings, n, PB_FINDING_RATE_NOT_PROMISED) ? "more verified good parts (purebank calibrate); "
                                                          : "";
    size_t length;
    char text[PB_BANK_FINDING_TEXT];
    if (mixed) {
        pb_bank_finding_explain(mixed, text, sizeof text);
        length = (size_t)snprintf(out, size,
                                  "%c%s. What is left: another backbone (purebank backbones lists them), a higher "
                                  "--resolution, photos of the region that matters alone, more light on the defects",
                                  toupper((unsigned char)text[0]), text + 1);
    } else
        length = (size_t)snprintf(out, size,
                                  "What helps: more references, that show all that good parts may look like; %sa "
                                  "checkpoint of a trained network (--backbone)",
                                  threshold);
    if (not_reviewed && length < size)
        snprintf(out + length, size - length,
                 ". And %.0f flagged reference%s not reviewed: a defect among the references makes others like it "
                 "pass (purebank audit)",
                 not_reviewed->value, not_reviewed->value == 1 ? " was" : "s were");
}

static void warn_about_sizes(const pb_bank_finding *finding, const pb_origin *origin)
{
    char text[PB_BANK_FINDING_TEXT];
    pb_bank_finding_explain(finding, text, sizeof text);
    cli_warn("%s, and all become %d x %d%s", text, (int)origin->input_width, (int)origin->input_height,
             finding->kind == PB_FINDING_SIZES_DIFFER ? ": take all from one distance"
                                                      : ", each squeezed in its own way: cut them to one shape");
}

void cli_warn_about_photos(const pb_photo *photos, int64_t n, const pb_origin *origin)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n_found = pb_photos_diagnose(photos, n, findings, PB_MAX_BANK_FINDINGS);
    for (int64_t i = 0; i < n_found; i++)
        warn_about_sizes(&findings[i], origin);
}

/* Where the numbers are right and yet promise little: what it is, and the way out. */
static void warn_about(const pb_bank *bank, const pb_bank_finding *finding, const char *advice)
{
    char text[PB_BANK_FINDING_TEXT];
    pb_bank_finding_explain(finding, text, sizeof text);
    switch (finding->kind) {
    case PB_FINDING_FEW_REFERENCES:
        cli_warn("%s", text);
        break;
    case PB_FINDING_ZERO_THRESHOLD:
        cli_warn("%s; leave the copies out and fit again", text);
        break;
    case PB_FINDING_DEFECTS_MAY_PASS:
    case PB_FINDING_DEFECTS_PASS:
        cli_warn("%s. %s", text, advice);
        break;
    case PB_FINDING_GOOD_UNUSABLE:
        cli_warn(
            "%s. What helps: such photos among the references (purebank mend --add), or the references' light, camera "
            "and distance for all",
            text);
        break;
    case PB_FINDING_SIZES_DIFFER:
    case PB_FINDING_SHAPES_DIFFER:
        warn_about_sizes(finding, pb_bank_origin(bank));
        break;
    default: /* the summary says it, or nothing needs to be said */
        break;
    }
}

void cli_warn_about_weakness(const pb_bank *bank)
{
    char advice[1024];
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    advise(bank, findings, n, advice, sizeof advice);
    for (int64_t i = 0; i < n; i++) {
        warn_about(bank, &findings[i], advice);
        if (findings[i].kind == PB_FINDING_DEFECTS_MAY_PASS && find(findings, n, PB_FINDING_DEFECTS_PASS))
            snprintf(advice, sizeof advice, "What may help is said above.");
    }
}

void cli_say_findings(const pb_bank *bank)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    if (n == 0)
        cli_say("  weak points     none found");
    for (int64_t i = 0; i < n; i++) {
        char words[PB_BANK_FINDING_TEXT];
        pb_bank_finding_words(&findings[i], words, sizeof words);
        cli_say("  %-14s  %s", i == 0 ? "weak points" : "", words);
    }
}
