#include "results/columns.h"

#include <stdlib.h>
#include <string.h>

typedef struct place {
    int at; /* 0: the kind of file has no such column */
    bool is_key, second_name;
} place;

typedef struct row {
    pb_column_about about;
    place place[PB_N_RESULTS_KINDS];
} row;

#define KEY .is_key = true
#define SECOND_NAME .second_name = true
#define IN(kind, ...) [PB_RESULTS_##kind] = {.at = __VA_ARGS__},
#define COLUMN(id, first, second, type, low, high, places)                                                             \
    [PB_COLUMN_##id] = {{{first, second}, PB_TYPE_##type, low, high}, {places}},

static const row columns[PB_N_COLUMNS] = {
#include "results/columns.def"
};

const pb_column_about *pb_column_get(pb_column column)
{
    return &columns[column].about;
}

bool pb_column_is_called(pb_column column, const char *name)
{
    for (int i = 0; i < PB_N_COLUMN_NAMES; i++) {
        const char *own = columns[column].about.name[i];
        if (own && strcmp(own, name) == 0)
            return true;
    }
    return false;
}

bool pb_column_find(const char *name, pb_column *out)
{
    for (int c = 0; c < PB_N_COLUMNS; c++)
        if (pb_column_is_called((pb_column)c, name)) {
            *out = (pb_column)c;
            return true;
        }
    return false;
}

bool pb_column_is_key(pb_column column)
{
    for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++)
        if (columns[column].place[kind].is_key)
            return true;
    return false;
}

bool pb_column_is_clock(pb_column column)
{
    return columns[column].about.type == PB_TYPE_DATE || columns[column].about.type == PB_TYPE_SECONDS;
}

bool pb_column_name_is_clock(const char *name)
{
    pb_column column;
    return pb_column_find(name, &column) && pb_column_is_clock(column);
}

/* Puts a column where it belongs among those that are there. */
static void insert(pb_results_layout *layout, pb_results_kind kind, pb_column column)
{
    int i = layout->n++;
    for (; i > 0 && columns[layout->column[i - 1]].place[kind].at > columns[column].place[kind].at; i--)
        layout->column[i] = layout->column[i - 1];
    layout->column[i] = column;
}

void pb_results_layout_of(pb_results_kind kind, pb_results_layout *out)
{
    *out = (pb_results_layout){.n = 0};
    for (int c = 0; c < PB_N_COLUMNS; c++) {
        const place *here = &columns[c].place[kind];
        if (here->at == 0)
            continue;
        insert(out, kind, (pb_column)c);
        out->name[c] = columns[c].about.name[here->second_name];
        if (here->is_key)
            out->key[out->n_keys++] = (pb_column)c;
    }
}

pb_column pb_results_layout_find(const pb_results_layout *layout, const char *name)
{
    for (int i = 0; i < layout->n; i++)
        if (strcmp(layout->name[layout->column[i]], name) == 0)
            return layout->column[i];
    return PB_N_COLUMNS;
}
