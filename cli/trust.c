/* What is known about a bank, and what not: the last lines of fit, calibrate and info. That nothing warns is no praise. */
#include "findings.h"

#include "terminal.h"

enum { INDENT = 13 };

static void say_rate(const pb_bank *bank, const char *path)
{
    const pb_threshold *threshold = pb_bank_threshold(bank);
    const long long n_verified = (long long)pb_bank_n_verified(bank);
    const double rate = 100 * threshold->false_alarm_rate;
    if (cli_has_finding(bank, PB_FINDING_ZERO_THRESHOLD))
        cli_say_wrapped(INDENT, "  known      that every new part will fail: the references repeat each other");
    else if (n_verified > 0 && !cli_has_finding(bank, PB_FINDING_RATE_NOT_PROMISED))
        cli_say_wrapped(INDENT, "  known      the false-alarm rate: %g %% by %lld verified good parts", rate,
                        n_verified);
    else if (n_verified > 0)
        cli_say_wrapped(
            INDENT, "  estimated  the false-alarm rate of %g %%: %lld verified good parts are too few to promise it",
            rate, n_verified);
    else
        cli_say_wrapped(INDENT,
                        "  estimated  the false-alarm rate of %g %%, from the references alone: good parts that are no "
                        "references tell (purebank calibrate %s GOOD...)",
                        rate, path);
}

static void say_defects(const pb_bank *bank, const char *path)
{
    pb_trade_off now;
    const int64_t n_defects = pb_bank_n_known(bank) - pb_bank_n_verified(bank);
    if (cli_has_finding(bank, PB_FINDING_DEFECTS_UNKNOWN))
        cli_say_wrapped(
            INDENT,
            "  not known  which defects it sees: it was shown none, and that nothing warns says nothing about "
            "them (purebank sensitivity %s draws some; purebank calibrate %s --defects BAD... takes real ones)",
            path, path);
    else if (pb_bank_trade_off_at(bank, pb_bank_threshold(bank)->value, 0.9, &now) == PB_STATUS_OK)
        cli_say_wrapped(INDENT, "  known      %lld of %lld known defects are caught", (long long)now.caught,
                        (long long)n_defects);
}

static void say_references(const pb_bank *bank)
{
    int64_t waiting = 0, decided = 0;
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        waiting += pb_bank_awaits_review(pb_bank_reference_at(bank, i));
        decided += pb_bank_reference_at(bank, i)->decided_by_person;
    }
    if (waiting > 0)
        cli_say_wrapped(INDENT,
                        "  not known  whether its references show good parts: %lld of them %s flagged, and nobody has "
                        "decided (purebank audit)",
                        (long long)waiting, waiting == 1 ? "is" : "are");
    else if (decided > 0)
        cli_say_wrapped(INDENT, "  known      that its references are good: a person has decided");
    else if (cli_has_finding(bank, PB_FINDING_NO_AUDIT))
        cli_say_wrapped(INDENT,
                        "  not known  whether its references show good parts: nothing looked for what stands out");
    else
        cli_say_wrapped(INDENT,
                        "  assumed    that its references show good parts: none is flagged, and nobody has decided");
}

void cli_say_trust(const pb_bank *bank, const char *bank_path)
{
    const char *path = cli_path(bank_path);
    cli_say("%sWhat is known, and what not%s", cli_color_on(CLI_BOLD), cli_color_off());
    say_rate(bank, path);
    say_defects(bank, path);
    say_references(bank);
}
