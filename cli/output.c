#include "output.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "terminal.h"

bool cli_is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

pb_status cli_open_output(const char *path, pb_writer **out)
{
    return cli_is_stdout(path) ? pb_writer_open_descriptor(STDOUT_FILENO, "standard output", out)
                               : pb_writer_open(path, out);
}

void cli_reserve_stdout(const char *json, const char *csv)
{
    if (cli_is_stdout(json) || cli_is_stdout(csv))
        cli_claim_stdout();
}

pb_status cli_write_json(json_t *value, const char *path)
{
    if (!value)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
    pb_writer *writer;
    pb_status status = cli_open_output(path, &writer);
    if (status == PB_STATUS_OK)
        status = pb_json_commit(value, writer);
    json_decref(value);
    return status;
}

pb_status cli_make_folder(const char *path)
{
    char *copy;
    PB_TRY(PB_NEW_STRING(copy, path));
    for (char *slash = copy + 1; *copy && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(copy, 0777); /* the last one tells what is wrong */
        *slash = '/';
    }
    pb_free(copy);
    struct stat info;
    if (mkdir(path, 0777) != 0 && (errno != EEXIST || stat(path, &info) != 0 || !S_ISDIR(info.st_mode)))
        return pb_fail(PB_STATUS_OUTPUT, "cannot make folder %s: %s", path, strerror(errno));
    return PB_STATUS_OK;
}

/* Image of each rank. */
static pb_status order_by_rank(const pb_audit *audit, int64_t **out)
{
    PB_TRY(PB_NEW(*out, pb_audit_n_images(audit)));
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++)
        (*out)[pb_audit_image_at(audit, i)->rank - 1] = i;
    return PB_STATUS_OK;
}

/* The columns before the path leave it 31 of a terminal's 80. */
enum { BAR_WIDTH = 12, PATH_COLUMN = 49 };

static void print_row(const pb_audit *audit, int64_t i, const char *path, double scale)
{
    const pb_audit_image *image = pb_audit_image_at(audit, i);
    const double mark = isfinite(pb_audit_limit(audit)) ? pb_audit_limit(audit) / scale : -1;
    cli_say("%s%4lld  %s  %8.4g  %8.4g  %-7s  %s%s", image->flagged ? cli_color_on(CLI_RED) : "",
            (long long)image->rank, cli_bar(image->score / scale, mark, BAR_WIDTH), image->score, image->mean,
            !image->flagged  ? ""
            : *image->reason ? "PHOTO"
                             : "FLAGGED",
            cli_path_at(path, PATH_COLUMN), image->flagged ? cli_color_off() : "");
    if (image->reason[0])
        cli_say("      flagged as a photo, whatever its score: %s", image->reason);
    else if (image->stands_out[0])
        cli_say("      stands out by far as a photo: %s", image->stands_out);
}

/* What stands out need be no fault: photos of a station that varies do. */
static void say_standing_out(const pb_audit *audit)
{
    int64_t n = 0;
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++)
        n += pb_audit_image_at(audit, i)->stands_out[0] != '\0';
    if (n > 0)
        cli_say("%lld of %lld stand%s out by far as %s: the limits for photos of parts will not rest on %s.",
                (long long)n, (long long)pb_audit_n_images(audit), n == 1 ? "s" : "", n == 1 ? "a photo" : "photos",
                n == 1 ? "it" : "them");
}

void cli_print_audit_verdict(const pb_audit *audit)
{
    const char *const rule = pb_method_label(PB_METHOD_AUDIT, pb_audit_rule(audit));
    int64_t odd = 0;
    const int64_t flagged = pb_audit_n_flagged(audit);
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++)
        odd += pb_audit_image_at(audit, i)->reason[0] != '\0';
    if (odd > 0)
        cli_say("%s%lld of %lld references flagged%s: %lld as photos, unlike the others; look at them first. %lld by a "
                "score above\n"
                "%.4g (%s, multiplier %g).",
                cli_color_on(CLI_BOLD), (long long)flagged, (long long)pb_audit_n_images(audit), cli_color_off(),
                (long long)odd, (long long)(flagged - odd), pb_audit_limit(audit), rule, pb_audit_multiplier(audit));
    else if (isfinite(pb_audit_limit(audit)))
        cli_say("%s%lld of %lld references flagged%s: score above %.4g (%s, multiplier %g).", cli_color_on(CLI_BOLD),
                (long long)flagged, (long long)pb_audit_n_images(audit), cli_color_off(), pb_audit_limit(audit), rule,
                pb_audit_multiplier(audit));
    else
        cli_say("%sNothing flagged%s: at least half of the references score the same (%s).", cli_color_on(CLI_BOLD),
                cli_color_off(), rule);
}

/* Among so few the median is nobody, or anybody. */
static void warn_about_few(int64_t n)
{
    enum { FEW = 5 };
    if (n < FEW)
        cli_warn("only %lld references: among so few, the audit cannot tell which one does not belong", (long long)n);
}

void cli_print_audit(const pb_audit *audit, const char *const *paths)
{
    int64_t *order;
    warn_about_few(pb_audit_n_images(audit));
    if (!cli_is_talking() || order_by_rank(audit, &order) != PB_STATUS_OK)
        return;
    const double top = pb_audit_image_at(audit, order[0])->score;
    const double scale = fmax(isfinite(pb_audit_limit(audit)) ? fmax(top, pb_audit_limit(audit)) : top, 1e-300) * 1.02;
    cli_say("%srank  %-*s  %8s  %8s  %-7s  %s%s", cli_color_on(CLI_DIM), BAR_WIDTH, "suspicion", "score", "mean", "",
            "reference", cli_color_off());
    for (int64_t rank = 0; rank < pb_audit_n_images(audit); rank++)
        print_row(audit, order[rank], paths[order[rank]], scale);
    cli_blank_line();
    cli_print_audit_verdict(audit);
    say_standing_out(audit);
    pb_free(order);
}

json_t *cli_audit_to_json(const pb_audit *audit, const char *const *paths)
{
    json_t *images = json_array();
    for (int64_t i = 0; images && i < pb_audit_n_images(audit); i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        json_t *row = json_pack("{s:o, s:f, s:f, s:b, s:I, s:s}", "path", pb_json_lossy_string(paths[i]), "score",
                                image->score, "mean", image->mean, "flagged", (int)image->flagged, "rank",
                                (json_int_t)image->rank, "decision", pb_decision_name(image->decision));
        const bool whole =
            row && (!image->reason[0] || json_object_set_new(row, "reason", json_string(image->reason)) == 0) &&
            (!image->stands_out[0] || json_object_set_new(row, "stands_out", json_string(image->stands_out)) == 0);
        if (json_array_append_new(images, row) != 0 || !whole) {
            json_decref(images);
            return NULL;
        }
    }
    return json_pack("{s:s, s:f, s:o, s:o}", "rule", pb_audit_rule(audit), "multiplier", pb_audit_multiplier(audit),
                     "limit", pb_json_finite_or_null(pb_audit_limit(audit)), "images", images);
}

void cli_say_notes(const pb_dataset *dataset)
{
    const pb_paths *all = pb_dataset_notes(dataset);
    for (int64_t i = 0; i < all->n; i++)
        cli_say_wrapped(4, "  %s", cli_path(all->path[i]));
    for (int64_t i = 0; i < pb_dataset_n_categories(dataset); i++) {
        const pb_category *category = pb_dataset_category_at(dataset, i);
        const pb_paths *notes = pb_category_notes(category);
        char name[256];
        snprintf(name, sizeof name, "%s", cli_path(pb_category_name(category)));
        for (int64_t j = 0; j < notes->n; j++)
            cli_say_wrapped(4, "  %s: %s", name, cli_path(notes->path[j]));
    }
}
