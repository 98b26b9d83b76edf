#include "backbone/cnn/cnn_layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 };

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
    char *end;
    if (stage >= 0) {
        *out = (pb_cnn_tap){.block = last_block(&model->kind, stage)};
        return PB_STATUS_OK;
    }
    const long value = strtol(text, &end, 10), block = value < 0 ? value + model->n_blocks + 1 : value;
    const bool expanded = strcmp(end, "e") == 0;
    if (end == text || (*end && !expanded) || block < expanded || block > model->n_blocks)
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

pb_status pb_cnn_layers_parse(const char *text, pb_cnn_plan *plan)
{
    for (const char *at = text && *text ? text : plan->model.kind.about.layers;; at++) {
        char name[MAX_TEXT];
        const size_t length = strcspn(at, ",");
        PB_CHECK_ARG(length < sizeof name, "layer '%.20s...' is too long a name", at);
        memcpy(name, at, length);
        name[length] = 0;
        PB_TRY(add_tap(name, plan));
        at += length;
        if (!*at)
            return PB_STATUS_OK;
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
    PB_CHECK_ARG(used < size, "the list of layers is too long: '%s...'", out);
    return PB_STATUS_OK;
}
