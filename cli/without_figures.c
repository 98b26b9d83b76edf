/* What stands in for the commands that draw where the program was built without Cairo. */
#include "base/error.h"
#include "options.h"
#include "page_figures.h"
#include "terminal.h"

static const char WHY[] =
    "this purebank was built without Cairo: install it (Debian: apt install libcairo2-dev) and build again";

static int refuse(const char *what)
{
    return cli_fail(pb_fail(PB_STATUS_UNSUPPORTED, "%s cannot be drawn: %s", what, WHY));
}

int cli_figures(const cli_settings *settings)
{
    (void)settings;
    return refuse("figures");
}

int cli_heatmaps(const cli_settings *settings)
{
    (void)settings;
    return refuse("sheets of heatmaps");
}

cli_choice cli_figure_choice(int i)
{
    (void)i;
    return (cli_choice){0};
}

pb_status cli_page_figures_draw(const cli_study *study, cli_page_figures *out)
{
    (void)study;
    *out = (cli_page_figures){0};
    cli_warn("the page has no figures: %s", WHY);
    return PB_STATUS_OK;
}

void cli_page_figures_free(cli_page_figures *figures)
{
    (void)figures;
}
