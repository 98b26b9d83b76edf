#include "references/forest.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"

enum { TREES = 100, MAX_SAMPLE = 256, MAX_NODES = 2 * MAX_SAMPLE - 1, ROWS = 256 };

typedef struct tree_node {
    int64_t channel; /* -1: leaf */
    double threshold;
    int32_t left, right;
    double path; /* of a leaf: its depth, and what its rows would still take to tell apart */
} tree_node;

typedef struct isolation_tree {
    int32_t n_nodes;
    tree_node nodes[MAX_NODES];
} isolation_tree;

typedef struct isolation_forest {
    const float *rows;
    int64_t n, dim, sample, max_depth;
    uint32_t tree_seed[TREES];
    isolation_tree *trees;
    double *scores;
} isolation_forest;

/* What growing one tree works on. */
typedef struct growth {
    const isolation_forest *forest;
    isolation_tree *tree;
    pb_random random;
    int64_t *sample;   /* rows, ordered so that each node has a run of them */
    int64_t *channels; /* all, in an order that the draws change */
} growth;

/* c(n), equation 1: the mean path of an unsuccessful search in a binary tree of n. */
static double mean_path(int64_t n)
{
    if (n <= 2)
        return n == 2 ? 1 : 0;
    const double euler = 0.57721566490153286, m = (double)(n - 1);
    return 2 * (log(m) + euler) - 2 * m / (double)n;
}

static float value_of(const growth *g, int64_t row, int64_t channel)
{
    return g->forest->rows[row * g->forest->dim + channel];
}

/* Draws channels until one varies among the rows [first, end) of the sample; false where none does. */
static bool draw_channel(growth *g, int64_t first, int64_t end, int64_t *channel, float *min, float *max)
{
    const int64_t dim = g->forest->dim;
    for (int64_t drawn = 0; drawn < dim; drawn++) {
        const int64_t j = drawn + (int64_t)pb_random_up_to(&g->random, (uint64_t)(dim - 1 - drawn));
        *channel = g->channels[j];
        g->channels[j] = g->channels[drawn];
        g->channels[drawn] = *channel;
        *min = *max = value_of(g, g->sample[first], *channel);
        for (int64_t i = first + 1; i < end; i++) {
            const float value = value_of(g, g->sample[i], *channel);
            *min = value < *min ? value : *min;
            *max = value > *max ? value : *max;
        }
        if (*min < *max)
            return true;
    }
    return false;
}

/* Rows <= threshold to the front; where the others begin. */
static int64_t partition(growth *g, int64_t first, int64_t end, int64_t channel, double threshold)
{
    while (first < end) {
        const int64_t row = g->sample[first];
        if ((double)value_of(g, row, channel) <= threshold) {
            first++;
        } else {
            g->sample[first] = g->sample[--end];
            g->sample[end] = row;
        }
    }
    return first;
}

/* Grows the node of rows [first, end) and all below it; at most 8 levels deep. */
static int32_t grow_node(growth *g, int64_t first, int64_t end, int64_t depth) // NOLINT(misc-no-recursion)
{
    const int32_t id = g->tree->n_nodes++;
    tree_node *self = &g->tree->nodes[id];
    int64_t channel;
    float min, max;
    *self = (tree_node){.channel = -1, .path = (double)depth + mean_path(end - first)};
    if (depth >= g->forest->max_depth || end - first < 2 || !draw_channel(g, first, end, &channel, &min, &max))
        return id;
    double threshold = (double)min + ((double)max - (double)min) * pb_random_uniform(&g->random);
    if (threshold >= (double)max) /* by rounding */
        threshold = (double)min;
    const int64_t middle = partition(g, first, end, channel, threshold);
    self->channel = channel;
    self->threshold = threshold;
    self->left = grow_node(g, first, middle, depth + 1);
    self->right = grow_node(g, middle, end, depth + 1);
    return id;
}

static pb_status grow_tree(void *context, int64_t index, int worker)
{
    (void)worker;
    const isolation_forest *self = context;
    growth g = {.forest = self, .tree = &self->trees[index]};
    pb_status status;
    pb_random_seed(&g.random, self->tree_seed[index]);
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(g.sample, self->sample));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(g.channels, self->dim));
    PB_TRY_GOTO(pb_random_choice(&g.random, self->n, self->sample, false, g.sample));
    for (int64_t i = 0; i < self->dim; i++)
        g.channels[i] = i;
    grow_node(&g, 0, self->sample, 0);
done:
    pb_free(g.sample);
    pb_free(g.channels);
    return status;
}

static double path_of(const isolation_tree *tree, const float *row)
{
    const tree_node *at = tree->nodes;
    while (at->channel >= 0)
        at = &tree->nodes[(double)row[at->channel] <= at->threshold ? at->left : at->right];
    return at->path;
}

static pb_status score_rows(void *context, int64_t item, int worker)
{
    (void)worker;
    const isolation_forest *self = context;
    for (int64_t row = item * ROWS; row < self->n && row < (item + 1) * ROWS; row++) {
        double sum = 0;
        for (int t = 0; t < TREES; t++)
            sum += path_of(&self->trees[t], self->rows + row * self->dim);
        self->scores[row] = -exp2(-sum / (TREES * mean_path(self->sample)));
    }
    return PB_STATUS_OK;
}

pb_status pb_forest_scores(const float *rows, int64_t n, int64_t dim, uint32_t seed, double *scores)
{
    PB_ASSERT(n >= 2 && dim >= 1);
    isolation_forest self = {
        .rows = rows, .n = n, .dim = dim, .sample = n < MAX_SAMPLE ? n : MAX_SAMPLE, .scores = scores};
    pb_random random;
    while ((int64_t)1 << self.max_depth < self.sample)
        self.max_depth++;
    pb_random_seed(&random, seed);
    for (int t = 0; t < TREES; t++)
        self.tree_seed[t] = pb_random_bits(&random);
    PB_TRY(PB_NEW(self.trees, TREES));
    pb_status status = pb_parallel_for(TREES, grow_tree, &self, NULL);
    if (status == PB_STATUS_OK)
        status = pb_parallel_for((n + ROWS - 1) / ROWS, score_rows, &self, NULL);
    pb_free(self.trees);
    return status;
}
