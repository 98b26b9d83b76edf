#include "station/trials.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"

enum { REMEMBERED = 16 };

static struct {
    pthread_mutex_t lock;
    int next; /* place of the oldest */
    struct {
        char key[65]; /* "": none yet */
        station_trial trial;
    } row[REMEMBERED];
} trials = {.lock = PTHREAD_MUTEX_INITIALIZER};

pb_status station_trial_key(const char *product, const json_t *change, char key[65])
{
    json_t *what = json_deep_copy(change);
    json_object_del(what, "by");
    json_object_del(what, "reason");
    json_t *all = json_pack("{s:s, s:o}", "product", product, "change", what);
    char *text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(all);
    if (!text)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    const pb_status status = pb_sha256_bytes(text, strlen(text), key);
    free(text);
    return status;
}

void station_trial_keep(const char *key, const station_trial *trial)
{
    pthread_mutex_lock(&trials.lock);
    int at = 0; /* what was tried again takes the place of what was found before: the last is what a person has seen */
    while (at < REMEMBERED && strcmp(trials.row[at].key, key) != 0)
        at++;
    if (at == REMEMBERED) {
        at = trials.next;
        trials.next = (trials.next + 1) % REMEMBERED;
    }
    memcpy(trials.row[at].key, key, 65);
    trials.row[at].trial = *trial;
    pthread_mutex_unlock(&trials.lock);
}

bool station_trial_find(const char *key, station_trial *out)
{
    bool found = false;
    pthread_mutex_lock(&trials.lock);
    for (int i = 0; i < REMEMBERED && !found; i++) {
        found = strcmp(trials.row[i].key, key) == 0;
        if (found)
            *out = trials.row[i].trial;
    }
    pthread_mutex_unlock(&trials.lock);
    return found;
}
