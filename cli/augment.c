#include "augment.h"

#include "base/error.h"
#include "terminal.h"

pb_status cli_augment_read(const cli_settings *settings, pb_augment *out)
{
    *out = (pb_augment){0};
    if (!settings->augment)
        return PB_STATUS_OK;
    const pb_status status = pb_augment_parse(settings->augment, out);
    return status == PB_STATUS_OK ? status : pb_fail(status, "--augment %s", pb_error_message());
}

void cli_say_augment(const pb_augment *augment, const char *before)
{
    char text[PB_AUGMENT_TEXT];
    const int64_t n = augment ? pb_augment_n_variants(augment) : 1;
    if (n < 2)
        return;
    pb_augment_text(augment, text, sizeof text);
    cli_say("%saltered copies %s: %lld of each reference, which count as the reference itself", before, text,
            (long long)n - 1);
}
