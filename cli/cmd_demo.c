/* purebank demo: the whole job on images made on the spot, through the same commands that a person would type. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <purebank/audit.h>

#include "base/error.h"
#include "demo_scene.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "options.h"
#include "station_fill.h"
#include "terminal.h"

enum { MAX_PATH = 3072, MAX_WORDS = 10 };

static const char *const MARKER = "purebank-demo.txt";

/* How well a bank does. */
typedef struct demo_figures {
    double auroc;
    int64_t n_defect, caught; /* by its own threshold */
} demo_figures;

typedef struct demo_run {
    const char *folder; /* never begins with a dash, so that its files are not taken for options */
    demo_figures all, reviewed;
} demo_run;

/* Is the folder missing, empty or one of ours? Other people's files are left alone. */
static pb_status claim_folder(const char *folder)
{
    char marker[MAX_PATH];
    snprintf(marker, sizeof marker, "%s/%s", folder, MARKER);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return pb_fail(PB_STATUS_OUTPUT, "cannot make folder %s: %s", folder, strerror(errno));
    DIR *dir = opendir(folder);
    if (!dir)
        return pb_fail(PB_STATUS_IO, "cannot open folder %s: %s", folder, strerror(errno));
    bool empty = true;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    closedir(dir);
    if (!empty && !pb_path_exists(marker))
        return pb_fail(PB_STATUS_OUTPUT, "folder %s is not empty: name one that the demo may fill", folder);
    static const char text[] = "Made by purebank demo; may be deleted.\n";
    return pb_file_write(marker, text, sizeof text - 1);
}

/* Runs one command; "%F..." in a word stands for the demo's folder. `words` ends with NULL. */
static int run(const demo_run *demo, const char *const words[MAX_WORDS])
{
    static char storage[MAX_WORDS][MAX_PATH];
    char *argv[MAX_WORDS];
    int argc = 0;
    if (cli_is_talking())
        printf("\n%s$ purebank", cli_color_on(CLI_BOLD));
    for (; argc < MAX_WORDS && words[argc]; argc++) {
        const bool in_folder = strncmp(words[argc], "%F", 2) == 0;
        snprintf(storage[argc], MAX_PATH, "%s%s", in_folder ? demo->folder : "", words[argc] + (in_folder ? 2 : 0));
        argv[argc] = storage[argc];
        if (cli_is_talking())
            printf(" %s", cli_path(storage[argc]));
    }
    cli_say("%s", cli_color_off());
    const cli_command *command = cli_find_command(argv[0]);
    cli_settings settings;
    int exit_status = cli_parse(command, argc - 1, argv + 1, &settings);
    if (exit_status == CLI_EXIT_OK)
        exit_status = command->run(&settings);
    free(settings.arguments);
    return exit_status;
}

/* What `eval` has written. */
static pb_status read_figures(const demo_run *demo, const char *name, demo_figures *out)
{
    char path[MAX_PATH];
    json_t *root;
    const json_t *image;
    snprintf(path, sizeof path, "%s/%s", demo->folder, name);
    PB_TRY(pb_json_load(path, 1 << 20, &root));
    pb_status status = pb_json_get_object(root, "image", path, &image);
    if (status == PB_STATUS_OK)
        status = pb_json_get_real(image, "auroc", path, false, &out->auroc);
    if (status == PB_STATUS_OK)
        status = pb_json_get_int(root, "n_defect", path, 0, INT64_MAX, &out->n_defect);
    if (status == PB_STATUS_OK)
        status = pb_json_get_int(root, "caught", path, 0, INT64_MAX, &out->caught);
    json_decref(root);
    return status;
}

/* The commands of a list that ends with an empty one. */
static int run_commands(const demo_run *demo, const char *const (*commands)[MAX_WORDS])
{
    for (; (*commands)[0]; commands++) {
        const int exit_status = run(demo, *commands);
        if (exit_status != CLI_EXIT_OK)
            return exit_status;
    }
    return CLI_EXIT_OK;
}

/* What the page saves for a reference. */
static json_t *decide(const demo_run *demo, const demo_scene *scene, int64_t i)
{
    char path[MAX_PATH], hex[65];
    pb_decision decision = PB_DECISION_KEEP;
    snprintf(path, sizeof path, "%s/references/ref_%02d.png", demo->folder, (int)i);
    for (int64_t b = 0; b < scene->n_bad; b++)
        if (scene->bad[b] == i)
            decision = PB_DECISION_REMOVE;
    if (pb_sha256_file(path, hex) != PB_STATUS_OK)
        return NULL;
    if (decision == PB_DECISION_REMOVE)
        cli_say("  remove  %s", cli_path(path));
    return json_pack("{s:o, s:s, s:s}", "path", pb_json_lossy_string(path), "sha256", hex, "decision",
                     pb_decision_name(decision));
}

/* The demo takes a person's part, who looks at the page, sees two defects, and saves. */
static pb_status save_decisions(const demo_run *demo, const demo_scene *scene)
{
    char path[MAX_PATH];
    json_t *images = json_array();
    cli_say(
        "\n%sIn the page, a person now decides%s, and saves decisions.json. Here the demo does, which knows its parts:",
        cli_color_on(CLI_BOLD), cli_color_off());
    for (int64_t i = 0; i < scene->n_references; i++) {
        json_t *decision = decide(demo, scene, i);
        if (!decision || json_array_append_new(images, decision) != 0) {
            json_decref(images);
            return pb_fail(PB_STATUS_IO, "cannot read what was written into %s", demo->folder);
        }
    }
    snprintf(path, sizeof path, "%s/decisions.json", demo->folder);
    json_t *root = json_pack("{s:s, s:i, s:o}", "format", "purebank-decisions", "version", 1, "images", images);
    const pb_status status = root ? pb_json_save(root, path) : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    json_decref(root);
    return status;
}

/* The job as the README has it, decisions in its middle. */
static int run_job(const demo_run *demo, const demo_scene *scene)
{
    static const char *const before[][MAX_WORDS] = {
        {"audit", "%F/references", "--report", "%F/audit.html"},
        {"fit", "%F/references", "-o", "%F/all.bank"},
        {"eval", "%F/all.bank", "%F/test", "--json", "%F/all.json"},
        {NULL},
    };
    static const char *const after[][MAX_WORDS] = {
        {"fit", "%F/references", "-o", "%F/reviewed.bank", "--decisions", "%F/decisions.json", "--report",
         "%F/fit.html"},
        {"eval", "%F/reviewed.bank", "%F/test", "--json", "%F/reviewed.json", "--report", "%F/eval.html"},
        {"score", "%F/reviewed.bank", "%F/test", "--heatmaps", "%F/heatmaps", "--csv", "%F/scores.csv"},
        {NULL},
    };
    const int exit_status = run_commands(demo, before);
    if (exit_status != CLI_EXIT_OK)
        return exit_status;
    const pb_status status = save_decisions(demo, scene);
    return status == PB_STATUS_OK ? run_commands(demo, after) : cli_fail(status);
}

/* A station with the demo's parts; one that is there already is somebody's by now. Whether there is one to be started. */
static int make_station(const demo_run *demo, bool *out)
{
    static const char *const init[MAX_WORDS] = {"station", "init",   "%F/station",       "--product",
                                                "plate",   "--bank", "%F/reviewed.bank", NULL};
    char path[MAX_PATH];
    const char *const folder = path;
    pb_paths photos = {0};
    snprintf(path, sizeof path, "%s/station/station.json", demo->folder);
    *out = access(path, F_OK) == 0;
    if (*out)
        return CLI_EXIT_OK;
    snprintf(path, sizeof path, "%s/test", demo->folder);
    pb_status status = pb_paths_collect(&folder, 1, &photos);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    snprintf(path, sizeof path, "%s/station", demo->folder);
    const int exit_status = run(demo, init);
    if (exit_status == CLI_EXIT_OK)
        status = cli_station_fill(path, "plate", &photos);
    pb_paths_free(&photos);
    *out = exit_status == CLI_EXIT_OK && status == PB_STATUS_OK;
    if (exit_status == CLI_EXIT_OK && status != PB_STATUS_OK)
        return cli_fail(status);
    return exit_status;
}

static void print_summary(const demo_run *demo, const demo_scene *scene, bool has_station)
{
    cli_say("\n%sWhat happened%s", cli_color_on(CLI_BOLD), cli_color_off());
    cli_say("  %lld references were photographed, %lld of them bad.\n  On %lld good and %lld defect parts:",
            (long long)scene->n_references, (long long)scene->n_bad, (long long)scene->n_good,
            (long long)scene->n_defect);
    cli_say("                                           image AUROC   defects caught by the threshold");
    cli_say("    bank of all references, not reviewed   %.4f        %lld of %lld", demo->all.auroc,
            (long long)demo->all.caught, (long long)demo->all.n_defect);
    cli_say("    bank of those that a person kept       %s%.4f        %lld of %lld%s", cli_color_on(CLI_BOLD),
            demo->reviewed.auroc, (long long)demo->reviewed.caught, (long long)demo->reviewed.n_defect,
            cli_color_off());
    cli_say("  Open in a browser:");
    const char *folder = cli_path(demo->folder);
    cli_say("    %s/audit.html   decide about the references, save, fit --decisions", folder);
    cli_say("    %s/fit.html     the references as the bank took them", folder);
    cli_say("    %s/eval.html    how well defects are found", folder);
    cli_say("    %s/heatmaps/    where each part differs", folder);
    if (!has_station)
        return;
    cli_say("\n%sA station with these parts%s, to be looked at, reviewed and mended:", cli_color_on(CLI_BOLD),
            cli_color_off());
    cli_say("    %s serve %s/station --watch %s/camera", cli_this_program.name, folder, folder);
    cli_say("    then open http://127.0.0.1:8080/: four plates of a later batch arrive. They are good, and rejected, "
            "as they are brushed\n"
            "    more coarsely than the references: open one, \"False alarm: add as a reference\", apply, and send "
            "another again.");
}

int cli_demo(const cli_settings *settings)
{
    const char *named = settings->n_arguments > 0 ? settings->arguments[0] : "purebank-demo";
    char folder[MAX_PATH / 2];
    demo_run demo = {.folder = folder};
    demo_scene scene;
    cli_progress progress;
    if (snprintf(folder, sizeof folder, "%s%s", named[0] == '-' ? "./" : "", named) >= (int)sizeof folder)
        return cli_usage_error("the demo's folder needs a shorter name");
    pb_status status = claim_folder(demo.folder);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_say("Making photos in %s: a cover plate that varies, and defects", cli_path(demo.folder));
    cli_progress_start(&progress, "photos", "images");
    status = demo_scene_write(demo.folder, &progress.callback, &scene);
    cli_progress_end();
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    const int exit_status = run_job(&demo, &scene);
    if (exit_status != CLI_EXIT_OK)
        return exit_status;
    status = read_figures(&demo, "all.json", &demo.all);
    if (status == PB_STATUS_OK)
        status = read_figures(&demo, "reviewed.json", &demo.reviewed);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    bool has_station = false;
    const int station_status = CLI_HAS_STATION ? make_station(&demo, &has_station) : CLI_EXIT_OK;
    if (station_status != CLI_EXIT_OK)
        return station_status;
    print_summary(&demo, &scene, has_station);
    return CLI_EXIT_OK;
}
