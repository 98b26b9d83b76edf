/* purebank backbones: what can be computed, what of it is on this machine, and where the rest is published. */
#include <string.h>

#include "base/error.h"
#include "io/json_fields.h"
#include "output.h"
#include "terminal.h"

/* Hugging Face's names of repositories say what to get; nothing is fetched. */
static void say_how_to_get(void)
{
    cli_blank_line();
    cli_say_wrapped(
        0, "To use one, put config.json and model.safetensors (and preprocessor_config.json, where there is one) "
           "of a repository on Hugging Face into ./backbones/NAME or $PB_BACKBONES/NAME, or leave them in the "
           "Hugging Face cache; then: --backbone NAME. Nothing is downloaded here.");
}

static void say_entry(const pb_backbone_entry *entry)
{
    cli_say("%s%s%s", cli_color_on(CLI_BOLD), entry->name, cli_color_off());
    if (entry->repositories[0])
        cli_say_wrapped(16, "  repositories  %s", entry->repositories);
    cli_say_wrapped(16, "  licence       %s", entry->licence);
    cli_say_wrapped(16, "  input         %s%s%s", entry->input, entry->layers[0] ? "; layer " : "", entry->layers);
    cli_say_wrapped(16, "  good for      %s", entry->good_for);
}

static json_t *entry_to_json(const pb_backbone_entry *entry)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", entry->name, "repositories", entry->repositories,
                     "licence", entry->licence, "input", entry->input, "layer", entry->layers, "good_for",
                     entry->good_for);
}

typedef struct finding {
    int64_t n;
    json_t *list;
} finding;

static void say_found(const char *name, const char *folder, const pb_backbone_summary *summary, const char *problem)
{
    if (problem)
        cli_say_wrapped(4, "  %s: cannot be used: %s", cli_path(name), cli_path(problem));
    else if (!summary->entry)
        cli_say_wrapped(4, "  %s: cannot be used: this version computes no '%s'", cli_path(name),
                        cli_path(summary->kind));
    else
        cli_say_wrapped(4, "  %s: %s, %.1f million weights, licence: %s, in %s", cli_path(name), summary->entry->name,
                        (double)summary->n_values / 1e6, summary->entry->licence, cli_path(folder));
}

/* A damaged checkpoint is one more finding, not the end of the search. */
static pb_status visit(void *context, const char *name, const char *folder)
{
    finding *found = context;
    pb_backbone_summary summary;
    const pb_status status = pb_backbone_inspect(folder, &summary);
    if (status == PB_STATUS_NO_MEMORY)
        return status;
    const char *problem = status == PB_STATUS_OK ? NULL : pb_error_message();
    if (found->n++ == 0)
        cli_say("\nFound on this machine:");
    say_found(name, folder, &summary, problem);
    json_t *item = json_pack("{s:o, s:o, s:s, s:s?, s:I, s:o}", "name", pb_json_lossy_string(name), "folder",
                             pb_json_lossy_string(folder), "kind", summary.kind, "family",
                             summary.entry ? summary.entry->name : NULL, "n_values", (json_int_t)summary.n_values,
                             "problem", problem ? pb_json_lossy_string(problem) : json_null());
    if (json_array_append_new(found->list, item) != 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while listing backbones");
    return PB_STATUS_OK;
}

static json_t *say_supported(void)
{
    const pb_backbone_entry *entry;
    json_t *list = json_array();
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++) {
        if (i > 0)
            cli_blank_line();
        say_entry(entry);
        json_array_append_new(list, entry_to_json(entry));
    }
    return list;
}

int cli_backbones(const cli_settings *settings)
{
    finding found = {.list = json_array()};
    cli_reserve_stdout(settings->json, NULL);
    json_t *supported = say_supported();
    pb_status status = pb_backbone_search(visit, &found);
    if (status == PB_STATUS_OK && found.n == 0)
        cli_say("\nFound on this machine: none in $PB_BACKBONES, the Hugging Face cache or ./backbones.");
    say_how_to_get();
    if (status == PB_STATUS_OK && settings->json)
        status = cli_write_json(json_pack("{s:O, s:O}", "supported", supported, "found", found.list), settings->json);
    json_decref(supported);
    json_decref(found.list);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
