#include "studies.h"

#include <math.h>

#include "base/memory.h"
#include "base/parse.h"
#include "options.h"
#include "terminal.h"

pb_status cli_selection_read(const cli_settings *settings, cli_selection *out)
{
    *out = (cli_selection){.wanted = PB_STUDY_SELECTION_INIT};
    pb_study_selection *wanted = &out->wanted;
    wanted->has_contamination = !isnan(settings->contamination);
    wanted->contamination = wanted->has_contamination ? settings->contamination : 0;
    wanted->benchmark = settings->benchmark;
    wanted->exclude_loco = settings->exclude_loco;
    wanted->methods = settings->methods;
    if (settings->limits)
        PB_TRY(pb_parse_integers("--limits", settings->limits, 1, INT32_MAX, &out->limits, &wanted->n_limits));
    wanted->limits = out->limits;
    return PB_STATUS_OK;
}

void cli_selection_free(cli_selection *selection)
{
    pb_free(selection->limits);
    *selection = (cli_selection){0};
}

static pb_status open_selected(const cli_settings *settings, const pb_study_selection *wanted, bool variants,
                               cli_study *out)
{
    const pb_study_tables_options options = {.size = sizeof options, .variants = variants};
    pb_study_setups setups;
    PB_TRY(pb_study_setups_parse(settings->setup, &setups));
    PB_TRY(pb_study_read(settings->arguments, settings->n_arguments, setups, &out->study));
    PB_TRY(pb_study_select(out->study, wanted, &out->selected));
    return pb_study_tables_make(&out->selected, &options, &out->tables);
}

pb_status cli_study_open(const cli_settings *settings, bool variants, cli_study *out)
{
    cli_selection selection;
    *out = (cli_study){0};
    pb_status status = cli_selection_read(settings, &selection);
    if (status == PB_STATUS_OK)
        status = open_selected(settings, &selection.wanted, variants, out);
    cli_selection_free(&selection);
    if (status != PB_STATUS_OK)
        cli_study_free(out);
    return status;
}

void cli_warn_assumed_setup(const pb_study_contents *contents)
{
    if (contents->assumed_shared)
        cli_warn("nothing tells the setup of %s: it counts as shared, as published files are (--setup)",
                 cli_path(contents->assumed_shared));
}

void cli_study_say(const cli_study *study)
{
    const pb_study_contents *contents = pb_study_get_contents(study->selected.study);
    cli_warn_assumed_setup(contents);
    cli_say("%lld rows, %lld categor%s, %lld methods", (long long)contents->n_rows, (long long)contents->n_datasets,
            contents->n_datasets == 1 ? "y" : "ies", (long long)contents->n_methods);
    if (study->tables.contamination == 0)
        cli_say("c = 0: nothing is contaminated, so that there is nothing to recover");
    cli_say_wrapped(2, "%s", cli_path(study->tables.headline));
    if (study->tables.other_headline)
        cli_say_wrapped(2, "%s", cli_path(study->tables.other_headline));
}

void cli_study_say_missing(const cli_study *study)
{
    for (int64_t i = 0; i < study->tables.n_missing; i++)
        cli_say("  %-28s not written: %s", study->tables.missing[i].id, study->tables.missing[i].reason);
}

static int report_interruption(void *context, int64_t done, int64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return cli_interrupted();
}

const pb_progress cli_stop_if_interrupted = {report_interruption, NULL};

void cli_study_free(cli_study *study)
{
    pb_study_tables_free(&study->tables);
    pb_study_selected_free(&study->selected);
    pb_study_free(study->study);
    *study = (cli_study){0};
}
