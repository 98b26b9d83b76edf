/* Interned texts: a file repeats a few names in every row. */
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

/* The slot where `text` is, or would be. */
static char **find_slot(char **slots, int64_t capacity, const char *text)
{
    const uint64_t mask = (uint64_t)capacity - 1;
    uint64_t i = hash(text) & mask;
    while (slots[i] && strcmp(slots[i], text) != 0)
        i = (i + 1) & mask;
    return &slots[i];
}

static pb_status grow(pb_text_set *set)
{
    const int64_t capacity = set->capacity ? 2 * set->capacity : 64;
    char **slots;
    PB_TRY(PB_NEW(slots, capacity));
    for (int64_t i = 0; i < set->capacity; i++)
        if (set->slot[i])
            *find_slot(slots, capacity, set->slot[i]) = set->slot[i];
    pb_free(set->slot);
    set->slot = slots;
    set->capacity = capacity;
    return PB_STATUS_OK;
}

pb_status pb_text_set_add(pb_text_set *set, const char *text, const char **out)
{
    if (2 * set->n >= set->capacity)
        PB_TRY(grow(set));
    char **slot = find_slot(set->slot, set->capacity, text);
    if (!*slot) {
        PB_TRY(PB_NEW_STRING(*slot, text));
        set->n++;
    }
    *out = *slot;
    return PB_STATUS_OK;
}

void pb_text_set_free(pb_text_set *set)
{
    for (int64_t i = 0; i < set->capacity; i++)
        pb_free(set->slot[i]);
    pb_free(set->slot);
    *set = (pb_text_set){0};
}
