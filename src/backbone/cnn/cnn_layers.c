#include "backbone/cnn/cnn_layers.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"

enum { MAX_TEXT = 64, MAX_POOLED = 65536 };

/* Number of the last block of a stage. */
static int last_block(const pb_cnn_kind *kind, int stage)
{
    int number = 0;
    for (int s = 0; s <= stage; s++)
        number += kind->stage[s].n_blocks;
    return number;
}

static int find_stage(const pb_cnn_kind *kind, const char *text)
{
    for (int s = 0; s < kind->n_stages; s++) {
        char name[MAX_TEXT];
        snprintf(name, sizeof name, kind->stages, kind->first_stage + s);
        if (strcmp(name, text) == 0)
            return s;
    }
    return -1;
}

static pb_status fail_name(const pb_cnn_model *model, const char *text)
{
    char first[MAX_TEXT], last[MAX_TEXT];
    const pb_cnn_kind *kind = &model->kind;
    snprintf(first, sizeof first, kind->stages, kind->first_stage);
    snprintf(last, sizeof last, kind->stages, kind->first_stage + kind->n_stages - 1);
    return pb_fail(
        PB_STATUS_BAD_ARGUMENT,
        "layer '%s' is none of %s; it has stages %s to %s, and blocks 0 (the stem) to %d, expanded from 1e on", text,
        kind->about.name, first, last, model->n_blocks);
}

static pb_status parse_one(const pb_cnn_model *model, const char *text, pb_cnn_tap *out)
{
    const int stage = find_stage(&model->kind, text);
    if (stage >= 0) {
        *out = (pb_cnn_tap){.block = last_block(&model->kind, stage)};
        return PB_STATUS_OK;
    }
    const size_t length = strlen(text);
    const bool expanded = length > 0 && text[length - 1] == 'e';
    int64_t value;
    if (!pb_item_integer((pb_item){text, length - expanded}, INT32_MIN, INT32_MAX, &value))
        return fail_name(model, text);
    const int64_t block = value < 0 ? value + model->n_blocks + 1 : value;
    if (block < expanded || block > model->n_blocks)
        return fail_name(model, text);
    *out = (pb_cnn_tap){.block = (int)block, .expanded = expanded};
    return PB_STATUS_OK;
}

static pb_status add_tap(const char *text, pb_cnn_plan *plan)
{
    pb_cnn_tap tap = {0};
    PB_TRY(parse_one(&plan->model, text, &tap));
    PB_CHECK_ARG(plan->n_taps < PB_CNN_MAX_TAPS, "up to %d layers can be asked for", PB_CNN_MAX_TAPS);
    for (int i = 0; i < plan->n_taps; i++)
        PB_CHECK_ARG(plan->taps[i].block != tap.block || plan->taps[i].expanded != tap.expanded,
                     "layer '%s' is asked for twice", text);
    plan->taps[plan->n_taps++] = tap;
    return PB_STATUS_OK;
}

/* @param text ":1024", or nothing */
static pb_status parse_pooled(const char *text, pb_cnn_plan *plan)
{
    if (!*text)
        return PB_STATUS_OK;
    PB_CHECK_ARG(pb_item_integer(pb_item_of(text + 1), 1, MAX_POOLED, &plan->pooled),
                 "'%s' behind the layers is not ':' and 1 to %d channels", text, MAX_POOLED);
    PB_CHECK_ARG(plan->model.kind.neighbourhood > 1, "'%s': features of %s are not means of neighbours", text,
                 plan->model.kind.about.name);
    return PB_STATUS_OK;
}

pb_status pb_cnn_layers_parse(const char *text, pb_cnn_plan *plan)
{
    for (const char *at = text && *text ? text : plan->model.kind.about.layers;; at++) {
        char name[MAX_TEXT];
        const size_t length = strcspn(at, ",:");
        PB_CHECK_ARG(length < sizeof name, "layer '%.20s...' is too long a name", at);
        memcpy(name, at, length);
        name[length] = 0;
        PB_TRY(add_tap(name, plan));
        at += length;
        if (*at != ',')
            return parse_pooled(at, plan);
    }
}

/* A stage by its name, any other block by its number. */
static int write_one(const pb_cnn_kind *kind, const pb_cnn_tap *tap, char *out, size_t size)
{
    for (int s = 0; s < kind->n_stages && !tap->expanded; s++)
        if (last_block(kind, s) == tap->block)
            return snprintf(out, size, kind->stages, kind->first_stage + s);
    return snprintf(out, size, "%d%s", tap->block, tap->expanded ? "e" : "");
}

pb_status pb_cnn_layers_write(const pb_cnn_plan *plan, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < plan->n_taps && used < size; i++) {
        if (i > 0)
            used += (size_t)snprintf(out + used, size - used, ",");
        if (used < size)
            used += (size_t)write_one(&plan->model.kind, &plan->taps[i], out + used, size - used);
    }
    if (plan->pooled && used < size)
        used += (size_t)snprintf(out + used, size - used, ":%lld", (long long)plan->pooled);
    PB_CHECK_ARG(used < size, "the list of layers is too long: '%s...'", out);
    return PB_STATUS_OK;
}
