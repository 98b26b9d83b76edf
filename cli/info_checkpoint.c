/* purebank info of a checkpoint's folder, in any of the layouts that are read: whose it is, how large, how fast. */
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "info.h"
#include "io/json.h"
#include "io/origin.h"
#include "io/path.h"
#include "output.h"
#include "terminal.h"

static void say_number(const json_t *config, const char *key, const char *label)
{
    const json_t *value = json_object_get(config, key);
    if (json_is_integer(value))
        cli_say("  %-15s %lld", label, (long long)json_integer_value(value));
}

/* timm and open_clip leave some of this to the tensors. */
static void say_config(const json_t *config)
{
    const json_t *vision = json_object_get(config, "vision_config"), *open_clip = json_object_get(config, "model_cfg");
    const json_t *open_clip_vision = json_object_get(open_clip, "vision_cfg");
    const json_t *sizes = json_is_object(vision)             ? vision
                          : json_is_object(open_clip_vision) ? open_clip_vision
                                                             : config;
    say_number(sizes, "hidden_size", "channels");
    say_number(sizes, "width", "channels");
    say_number(sizes, "num_hidden_layers", "blocks");
    say_number(sizes, "layers", "blocks");
    say_number(sizes, "num_attention_heads", "heads");
    say_number(sizes, "patch_size", "patch size");
    say_number(sizes, "image_size", "image size");
}

static void say_kind(const pb_backbone_summary *summary)
{
    cli_say("  model type      %s", summary->kind[0] ? cli_path(summary->kind) : "unknown");
    if (summary->entry && strcmp(summary->entry->name, summary->kind) != 0)
        cli_say("  family          %s", summary->entry->name);
    if (summary->entry)
        cli_say("  licence         %s", summary->entry->licence);
}

static json_t *summary_to_json(const pb_backbone_summary *summary, double gflop)
{
    const char *family = summary->entry ? summary->entry->name : NULL;
    const char *licence = summary->entry ? summary->entry->licence : NULL;
    json_t *work = gflop > 0 ? json_real(gflop) : json_null();
    return json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:o, s:s?}", "kind", summary->kind, "family", family, "licence",
                     licence, "n_tensors", (json_int_t)summary->n_tensors, "n_values", (json_int_t)summary->n_values,
                     "gflop_per_image", work, "speed", gflop > 0 ? pb_backbone_speed_class(gflop) : NULL);
}

/* A model too small for the default layer is described at its last one. */
static pb_status open_backbone(const char *folder, pb_backbone **out)
{
    pb_backbone_options last = PB_BACKBONE_OPTIONS_INIT;
    last.layer = "-1";
    const pb_status status = pb_backbone_open(folder, NULL, out);
    return status == PB_STATUS_BAD_ARGUMENT ? pb_backbone_open(folder, &last, out) : status;
}

/* What the checkpoint computes by default; a model that this version does not know is described all the same. */
static pb_status say_features(const char *folder, json_t **out_origin, double *out_gflop)
{
    pb_backbone *backbone;
    const pb_status status = open_backbone(folder, &backbone);
    if (status == PB_STATUS_UNSUPPORTED) {
        cli_say("  features        none: %s", pb_error_message());
        *out_origin = json_null();
        return PB_STATUS_OK;
    }
    PB_TRY(status);
    const pb_origin *origin = pb_backbone_origin(backbone);
    *out_gflop = pb_backbone_gflop(backbone);
    cli_say("  speed           %s: %.3g GFLOP an image of %d pixels", pb_backbone_speed_class(*out_gflop), *out_gflop,
            (int)origin->input_width);
    cli_say_origin(origin);
    cli_say_defaults(backbone);
    const pb_status made = pb_origin_to_json(origin, out_origin);
    pb_backbone_close(backbone);
    return made;
}

static pb_status describe(const char *folder, const json_t *config, const char *json)
{
    pb_backbone_summary summary;
    json_t *origin = NULL;
    double gflop = 0;
    cli_say("%s: checkpoint folder", cli_path(folder));
    PB_TRY(pb_backbone_inspect(folder, &summary));
    say_kind(&summary);
    say_config(config);
    cli_say("  weights         %lld tensors, %.1f million values", (long long)summary.n_tensors,
            (double)summary.n_values / 1e6);
    PB_TRY(say_features(folder, &origin, &gflop));
    if (json)
        return cli_write_json(json_pack("{s:O, s:o, s:o}", "config", config, "summary",
                                        summary_to_json(&summary, gflop), "origin", origin),
                              json);
    json_decref(origin);
    return PB_STATUS_OK;
}

pb_status cli_info_checkpoint(const char *folder, const char *json)
{
    enum { MAX_CONFIG_BYTES = 4 << 20 };
    char *path = NULL, *open_clip = NULL;
    json_t *config = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_path_join(folder, "config.json", &path));
    PB_TRY_GOTO(pb_path_join(folder, "open_clip_config.json", &open_clip));
    if (pb_path_exists(path))
        PB_TRY_GOTO(pb_json_load(path, MAX_CONFIG_BYTES, &config));
    else if (pb_path_exists(open_clip))
        PB_TRY_GOTO(pb_json_load(open_clip, MAX_CONFIG_BYTES, &config));
    else
        PB_TRY_GOTO(pb_fail(PB_STATUS_BAD_FORMAT,
                            "%s is a folder, but not a checkpoint: it has no config.json; nor a feature cache",
                            folder));
    status = describe(folder, config, json);
done:
    json_decref(config);
    pb_free(open_clip);
    pb_free(path);
    return status;
}
