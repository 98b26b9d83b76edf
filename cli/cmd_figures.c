/* purebank figures: the figures of the studies from result files. */
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/memory.h"
#include "base/parse.h"
#include "figure_font.h"
#include "figures/figures.h"
#include "io/file.h"
#include "io/path.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "studies.h"
#include "terminal.h"

enum { MAX_BACKBONES = 6 };

cli_choice cli_figure_choice(int i)
{
    return i < PB_N_FIGURES ? (cli_choice){pb_figure_name(i), pb_figure_summary(i)} : (cli_choice){0};
}

/* The files of one backbone. */
typedef struct input_group {
    char *label;
    const char **paths;
    int64_t n;
    pb_study *study;
    pb_study_selected selected;
} input_group;

typedef struct inputs {
    input_group group[MAX_BACKBONES];
    int64_t n;
    const char **paths; /* of all groups */
} inputs;

/* "clip=results.csv" names the backbone of a file; a file that is really called so is a file. Returns the path, and the length
 * of the name (0: none). */
static const char *split_argument(const char *argument, size_t *name_length)
{
    const char *sign = strchr(argument, '=');
    *name_length = 0;
    if (!sign || sign == argument || memchr(argument, '/', (size_t)(sign - argument)) || pb_path_exists(argument))
        return argument;
    *name_length = (size_t)(sign - argument);
    return sign + 1;
}

static pb_status find_group(inputs *all, const char *name, size_t length, int64_t n_arguments, input_group **out)
{
    for (int64_t i = 0; i < all->n; i++)
        if (strncmp(all->group[i].label, name, length) == 0 && all->group[i].label[length] == '\0') {
            *out = &all->group[i];
            return PB_STATUS_OK;
        }
    if (all->n == MAX_BACKBONES)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "figures compares at most %d backbones", MAX_BACKBONES);
    *out = &all->group[all->n];
    PB_TRY(PB_NEW((*out)->label, length + 1));
    all->n++;
    memcpy((*out)->label, name, length);
    return PB_NEW((*out)->paths, n_arguments);
}

static pb_status sort_arguments(const cli_settings *settings, inputs *all)
{
    PB_TRY(PB_NEW(all->paths, settings->n_arguments));
    for (int i = 0; i < settings->n_arguments; i++) {
        size_t length;
        input_group *group = NULL;
        all->paths[i] = split_argument(settings->arguments[i], &length);
        PB_TRY(find_group(all, settings->arguments[i], length, settings->n_arguments, &group));
        group->paths[group->n++] = all->paths[i];
    }
    return PB_STATUS_OK;
}

/* Of files without a name: the backbone, if something tells it, else the folder. */
static pb_status name_group(input_group *group)
{
    const pb_origin *origin = pb_study_get_contents(group->study)->origin;
    const char *path = group->paths[0], *slash = strrchr(path, '/'), *begin = slash ? slash : path;
    while (slash && begin > path && begin[-1] != '/')
        begin--;
    const size_t length = slash && slash > begin ? (size_t)(slash - begin) : strlen(path);
    if (*group->label)
        return PB_STATUS_OK;
    pb_free(group->label);
    if (origin)
        return PB_NEW_STRING(group->label, origin->backbone);
    PB_TRY(PB_NEW(group->label, length + 1));
    memcpy(group->label, slash && slash > begin ? begin : path, length);
    return PB_STATUS_OK;
}

static pb_status read_studies(const cli_settings *settings, const pb_study_selection *wanted, inputs *all)
{
    pb_study_selection of_group = *wanted;
    pb_study_setups setups;
    PB_TRY(pb_study_setups_parse(settings->setup ? settings->setup : "one", &setups));
    for (int64_t i = 0; i < all->n; i++) {
        input_group *group = &all->group[i];
        PB_TRY(pb_study_read(group->paths, group->n, setups, &group->study));
        PB_TRY(name_group(group));
        PB_TRY(pb_study_select(group->study, &of_group, &group->selected));
        of_group.pass_over_absent = true; /* only the first needs to have all methods */
        if (!settings->setup)
            cli_warn_assumed_setup(pb_study_get_contents(group->study));
    }
    return PB_STATUS_OK;
}

static void free_inputs(inputs *all)
{
    for (int64_t i = 0; i < all->n; i++) {
        pb_free(all->group[i].label);
        pb_free(all->group[i].paths);
        pb_study_selected_free(&all->group[i].selected);
        pb_study_free(all->group[i].study);
    }
    pb_free(all->paths);
}

/* ---- Formats and files ---- */

static pb_status parse_formats(const char *text, bool wanted[PB_N_FIGURE_FORMATS])
{
    pb_item name;
    while (pb_item_next(&text, &name)) {
        bool found = false;
        for (int f = 0; f < PB_N_FIGURE_FORMATS; f++)
            if (pb_item_is(name, pb_figure_format_name((pb_figure_format)f)))
                wanted[f] = found = true;
        if (!found)
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "--format takes pdf, svg and png, separated by commas, not '%.*s'",
                           (int)name.length, name.text);
    }
    return PB_STATUS_OK;
}

static pb_status write_file(const char *folder, const pb_figure *figure, const char *ending, const inputs *from,
                            int64_t n_inputs, const pb_text *bytes)
{
    pb_text path = {0};
    pb_text_add(&path, "%s/%s_%s.%s", folder, figure->id, figure->name, ending);
    pb_status status = path.status;
    const char *output = pb_text_get(&path);
    if (status == PB_STATUS_OK)
        status = cli_check_overwrite(&output, 1, from->paths, n_inputs);
    if (status == PB_STATUS_OK)
        status = pb_file_write(output, bytes->bytes, bytes->size);
    pb_text_free(&path);
    return status;
}

static pb_status write_figure(const cli_settings *settings, const char *folder, const pb_figure *figure,
                              const bool *wanted, const inputs *from)
{
    pb_text bytes = {0};
    pb_status status = PB_STATUS_OK;
    for (int f = 0; f < PB_N_FIGURE_FORMATS && status == PB_STATUS_OK; f++) {
        if (!wanted[f])
            continue;
        status = pb_figure_render(figure, (pb_figure_format)f, &cli_stop_if_interrupted, &bytes);
        if (status == PB_STATUS_OK)
            status = write_file(folder, figure, pb_figure_format_name((pb_figure_format)f), from, settings->n_arguments,
                                &bytes);
        pb_text_free(&bytes);
    }
    pb_text_add(&bytes, "%s. %s\n", pb_text_get(&figure->title), pb_text_get(&figure->caption));
    if (status == PB_STATUS_OK)
        status = bytes.status;
    if (status == PB_STATUS_OK)
        status = write_file(folder, figure, "txt", from, settings->n_arguments, &bytes);
    pb_text_free(&bytes);
    if (status == PB_STATUS_OK)
        cli_say("%s  %-13s %3.0f x %3.0f mm", figure->id, figure->name, figure->width, figure->height);
    return status;
}

static pb_status write_all(const cli_settings *settings, const char *folder, const pb_figure *figures,
                           const inputs *from)
{
    bool wanted[PB_N_FIGURE_FORMATS] = {false};
    int n_written = 0;
    PB_TRY(parse_formats(settings->format, wanted));
    PB_TRY(cli_make_folder(folder));
    cli_warn_missing_font();
    for (int i = 0; i < PB_N_FIGURES; i++) {
        if (cli_interrupted())
            return pb_fail(PB_STATUS_CANCELLED, "interrupted");
        if (!figures[i].id)
            continue;
        if (figures[i].missing.size) {
            cli_say("%s  %-13s skipped: it needs %s", figures[i].id, figures[i].name, pb_text_get(&figures[i].missing));
            continue;
        }
        PB_TRY(write_figure(settings, folder, &figures[i], wanted, from));
        n_written++;
    }
    if (n_written == 0)
        return pb_fail(PB_STATUS_MISMATCH, "the results have the data of none of the figures asked for");
    return PB_STATUS_OK;
}

static pb_status make_and_write(const cli_settings *settings, const inputs *all, pb_setup setup, const char *folder)
{
    pb_figure figures[PB_N_FIGURES];
    pb_figures_backbone backbones[MAX_BACKBONES];
    for (int64_t i = 0; i < all->n; i++)
        backbones[i] = (pb_figures_backbone){all->group[i].label, &all->group[i].selected};
    const pb_figures_request request = {
        .backbones = backbones, .n_backbones = all->n, .setup = setup, .only = settings->only};
    PB_TRY(pb_figures_make(&request, figures));
    const pb_status status = write_all(settings, folder, figures, all);
    for (int i = 0; i < PB_N_FIGURES; i++)
        pb_figure_free(&figures[i]);
    return status;
}

/* Setups are not mixed: of two, each has its folder. */
static pb_status work(const cli_settings *settings, const inputs *all)
{
    const pb_study_contents *contents = pb_study_get_contents(all->group[0].selected.study);
    for (int64_t i = 0; i < contents->n_setups; i++) {
        pb_text folder = {0};
        pb_text_add(&folder, "%s", settings->output);
        if (contents->n_setups > 1)
            pb_text_add(&folder, "/%s", pb_setup_name(contents->setups[i]));
        pb_status status = folder.status;
        if (status == PB_STATUS_OK && contents->n_setups > 1)
            cli_say("setup %s:", pb_setup_name(contents->setups[i]));
        if (status == PB_STATUS_OK)
            status = make_and_write(settings, all, contents->setups[i], pb_text_get(&folder));
        pb_text_free(&folder);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

int cli_figures(const cli_settings *settings)
{
    inputs all = {0};
    cli_selection selection = {0};
    if (!settings->output)
        return cli_usage_error("figures needs a folder to write to: -o DIR");
    pb_status status = sort_arguments(settings, &all);
    if (status == PB_STATUS_OK)
        status = cli_selection_read(settings, &selection);
    if (status == PB_STATUS_OK)
        status = read_studies(settings, &selection.wanted, &all);
    if (status == PB_STATUS_OK)
        status = work(settings, &all);
    free_inputs(&all);
    cli_selection_free(&selection);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
