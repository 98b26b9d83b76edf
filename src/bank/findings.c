/* What is weak about a bank, in words. */
#include <stdio.h>

#include <purebank/bank.h>

/* How value and limit read behind the words. */
typedef enum finding_form { NO_VALUE, COUNT, COUNT_OF_LIMIT, RATES, SCORES, SPAN } finding_form;

static const struct {
    const char *name, *words;
    finding_form form;
} rows[] = {
#define PB_FINDING(name, id, form, words) {#name, words, form},
#include <purebank/bank_findings.def>
#undef PB_FINDING
};
enum { N_FINDINGS = sizeof rows / sizeof *rows };
_Static_assert((int)N_FINDINGS <= (int)PB_MAX_BANK_FINDINGS, "callers have room for every finding");

const char *pb_bank_finding_name(pb_bank_finding_kind kind)
{
    return (int)kind >= 0 && (int)kind < N_FINDINGS ? rows[kind].name : "unknown";
}

static void write_value(finding_form form, double value, double limit, char *out, size_t size)
{
    out[0] = '\0';
    switch (form) {
    case COUNT:
        snprintf(out, size, ": %.0f", value);
        break;
    case COUNT_OF_LIMIT:
        snprintf(out, size, ": %.0f of %.0f", value, limit);
        break;
    case RATES:
        snprintf(out, size, ": %g %%, where %.2g %% can be promised without", 100 * value, 100 * limit);
        break;
    case SCORES:
        snprintf(out, size, ": %.4g against %.4g", value, limit);
        break;
    case SPAN:
        snprintf(out, size, ": %.3g to %.3g", value, limit);
        break;
    case NO_VALUE:
        break;
    }
}

void pb_bank_finding_words(const pb_bank_finding *finding, char *out, size_t size)
{
    char value[96];
    if ((int)finding->kind < 0 || (int)finding->kind >= N_FINDINGS) {
        snprintf(out, size, "something is weak about this bank");
        return;
    }
    write_value(rows[finding->kind].form, finding->value, finding->limit, value, sizeof value);
    snprintf(out, size, "%s%s", rows[finding->kind].words, value);
}

/* Those about known parts, and about photos. */
static void explain_parts(const pb_bank_finding *finding, char *out, size_t size)
{
    const double value = finding->value, limit = finding->limit;
    switch (finding->kind) {
    case PB_FINDING_DEFECTS_PASS:
        snprintf(out, size, "%.0f of %.0f known defects pass", value, limit);
        break;
    case PB_FINDING_NOT_SEPARATED:
        snprintf(out, size,
                 "no threshold separates: to catch half of the known defects, %.0f of %.0f verified good parts would "
                 "fail; the features do not tell them apart",
                 value, limit);
        break;
    case PB_FINDING_GOOD_UNUSABLE:
        snprintf(
            out, size,
            "%.0f of %.0f verified good parts would be called unusable: their photos are unlike the references' by "
            "more than the limits for photos allow, which are to refuse far fewer",
            value, limit);
        break;
    case PB_FINDING_SIZES_DIFFER:
        snprintf(out, size, "the reference photos differ in size: their shorter sides are %.0f to %.0f pixels", value,
                 limit);
        break;
    case PB_FINDING_SHAPES_DIFFER:
        snprintf(out, size, "the reference photos differ in shape: their widths over heights are %.2f to %.2f", value,
                 limit);
        break;
    default: /* the words say it all */
        pb_bank_finding_words(finding, out, size);
    }
}

void pb_bank_finding_explain(const pb_bank_finding *finding, char *out, size_t size)
{
    const double value = finding->value, limit = finding->limit;
    switch (finding->kind) {
    case PB_FINDING_FEW_REFERENCES:
        snprintf(out, size,
                 "only %.0f good references: they show little of what good parts may look like; take 10 or more",
                 value);
        break;
    case PB_FINDING_ZERO_THRESHOLD:
        snprintf(out, size,
                 "the threshold %.2g is practically 0 (patches lie %.2g apart): the references repeat each other, so "
                 "that every new part will fail",
                 value, limit);
        break;
    case PB_FINDING_DEFECTS_MAY_PASS:
        snprintf(out, size,
                 "the threshold %.4g is %.1f times what good parts typically score (%.4g): defects that score in "
                 "between will pass",
                 value, limit > 0 ? value / limit : 0, limit);
        break;
    case PB_FINDING_RATE_NOT_PROMISED:
        snprintf(out, size,
                 "the false-alarm rate of %.3g %% rests on log scores being normal; so few parts promise no rate below "
                 "%.3g %% without that",
                 100 * value, 100 * limit);
        break;
    default:
        explain_parts(finding, out, size);
    }
}
