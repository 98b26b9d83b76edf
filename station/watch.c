#include "station/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "station/clock.h"

enum { RETRY_MS = 2000, QUIET_SECONDS = 2, FRESH_SECONDS = 60 };

struct station_watch {
    station *station;
    int inotify, wake; /* wake: an event there ends the thread */
    int descriptor[STATION_MAX_PRODUCTS];
    bool again; /* something could not be stored, or may not be whole: look at all folders once more, later */
    _Atomic int stopping;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t answered;
};

/* A file at the engine. */
typedef struct watched {
    station_watch *watch;
    bool is_fresh; /* written to lately, and found by looking */
    station_job job;
    bool is_answered;
} watched;

static const char *product_of(const station_watch *watch, int64_t i)
{
    return watch->station->config.product[i].name;
}

static bool path_of(const station_watch *watch, int64_t product, const char *folder, const char *name,
                    char out[STATION_PATH_BYTES])
{
    return snprintf(out, STATION_PATH_BYTES, "%s/%s%s%s%s%s", watch->station->options.watch, product_of(watch, product),
                    *folder ? "/" : "", folder, *name ? "/" : "", name) < STATION_PATH_BYTES;
}

/* ---- sorting ------------------------------------------------------------------------------------------------------ */

/* To FOLDER/name, or FOLDER/name-2, ...: nothing is written over. */
static pb_status move(const station_watch *watch, int64_t product, const char *name, const char *folder)
{
    char from[STATION_PATH_BYTES], to[STATION_PATH_BYTES], numbered[300];
    if (!path_of(watch, product, "", name, from) || !path_of(watch, product, folder, "", to))
        return pb_fail(PB_STATUS_LIMIT, "the path of %s is too long", name);
    if (mkdir(to, 0777) != 0 && errno != EEXIST)
        return pb_file_fail(PB_STATUS_OUTPUT, "make folder", to);
    const char *dot = strrchr(name, '.');
    const int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    for (int i = 1; i < 100000; i++) {
        if (i == 1)
            snprintf(numbered, sizeof numbered, "%s", name);
        else
            snprintf(numbered, sizeof numbered, "%.*s-%d%s", stem, name, i, name + stem);
        if (!path_of(watch, product, folder, numbered, to))
            break;
        if (link(from, to) == 0)
            return unlink(from) == 0 ? PB_STATUS_OK : pb_file_fail(PB_STATUS_OUTPUT, "remove", from);
        if (errno == EEXIST)
            continue;
        /* A file system without links. */
        if (access(to, F_OK) != 0)
            return rename(from, to) == 0 ? PB_STATUS_OK : pb_file_fail(PB_STATUS_OUTPUT, "move", from);
    }
    return pb_fail(PB_STATUS_OUTPUT, "no name is left for %s in %s", from, folder);
}

static void sort_file(station_watch *watch, int64_t product, const char *name, const char *folder)
{
    if (watch->station->options.sort && move(watch, product, name, folder) != PB_STATUS_OK)
        watch->station->options.warn("%s", pb_error_message());
}

/* ---- judging ------------------------------------------------------------------------------------------------------ */

static void on_answer(station_job *job)
{
    watched *file = job->context;
    pthread_mutex_lock(&file->watch->lock);
    file->is_answered = true;
    pthread_cond_signal(&file->watch->answered);
    pthread_mutex_unlock(&file->watch->lock);
}

static void wait_for(watched *file)
{
    pthread_mutex_lock(&file->watch->lock);
    while (!file->is_answered)
        pthread_cond_wait(&file->watch->answered, &file->watch->lock);
    pthread_mutex_unlock(&file->watch->lock);
}

/* Seconds since it was written to; a time to come, as of a clock that was set back, is long ago. */
static double age_of(const struct stat *info)
{
    const double age =
        (double)station_now_ms() / 1e3 - ((double)info->st_mtim.tv_sec + (double)info->st_mtim.tv_nsec / 1e9);
    return age < 0 ? FRESH_SECONDS : age;
}

/* The very same file, and no other, has this id. */
static pb_status name_part(const struct stat *info, const char *name, const uint8_t *bytes, size_t size,
                           char id[STATION_ID_BYTES])
{
    char hex[65], facts[160];
    const int n = snprintf(facts, sizeof facts, "%lld.%09ld %llu %llu", (long long)info->st_mtim.tv_sec,
                           info->st_mtim.tv_nsec, (unsigned long long)info->st_ino, (unsigned long long)info->st_dev);
    const void *pieces[] = {facts, name, bytes};
    const size_t sizes[] = {(size_t)n, strlen(name) + 1, size};
    PB_TRY(pb_sha256_pieces(pieces, sizes, 3, hex));
    snprintf(id, STATION_ID_BYTES, "w-%.40s", hex);
    return PB_STATUS_OK;
}

/* It is counted, said, and put aside where files are sorted. */
static void refuse_file(station_watch *watch, int64_t product, const char *name, const char *why)
{
    station_metrics *metrics = &watch->station->metrics;
    atomic_fetch_add(&metrics->watched_refused, 1);
    atomic_store(&metrics->watched_refused_ms, station_now_ms());
    watch->station->options.warn("%s/%s is not judged: %s", product_of(watch, product), name, why);
    sort_file(watch, product, name, "unusable");
}

static void act_on_answer(station_watch *watch, int64_t product, const char *name, const watched *file)
{
    const station_job *job = &file->job;
    station_metrics *metrics = &watch->station->metrics;
    if (file->is_fresh && job->outcome == STATION_BAD_PHOTO) { /* it may be half */
        watch->again = true;
        return;
    }
    switch (job->outcome) {
    case STATION_JUDGED:
    case STATION_KNOWN:
        if (job->outcome == STATION_JUDGED)
            atomic_fetch_add(&metrics->watched, 1);
        sort_file(watch, product, name, station_verdict_name(job->part.verdict));
        break;
    case STATION_BAD_PHOTO:
    case STATION_WRONG_TYPE:
        refuse_file(watch, product, name, job->message);
        break;
    default:
        watch->again = true;
        watch->station->options.warn("%s/%s waits: %s", product_of(watch, product), name, job->message);
    }
}

static void judge_bytes(station_watch *watch, int64_t product, const char *name, const struct stat *info, bool is_found,
                        uint8_t *bytes, size_t size)
{
    watched file = {.watch = watch,
                    .job = {.bytes = bytes, .size = size, .done = on_answer, .received_ns = station_steady_ns()}};
    file.job.context = &file;
    file.is_fresh = is_found && age_of(info) < FRESH_SECONDS;
    station_part *part = &file.job.part;
    snprintf(part->product, sizeof part->product, "%s", product_of(watch, product));
    if (!station_text_copy(name, strlen(name), part->name, sizeof part->name))
        part->name[0] = '\0';
    if (name_part(info, name, bytes, size, part->id) != PB_STATUS_OK ||
        !station_engine_submit(watch->station->engine, &file.job, true)) {
        watch->again = true;
        return;
    }
    wait_for(&file);
    act_on_answer(watch, product, name, &file);
}

/* Names that begin with a dot are still being written by somebody, or hidden. What is only found, and was not said to be whole, may
 * still be written to: it is left alone until it has been quiet for a while.
 * @param is_found by looking into the folder */
static void judge_file(station_watch *watch, int64_t product, const char *name, bool is_found)
{
    char path[STATION_PATH_BYTES];
    struct stat info;
    uint8_t *bytes;
    size_t size;
    const size_t limit = (size_t)watch->station->config.body_megabytes << 20;
    if (name[0] == '.' || !path_of(watch, product, "", name, path) || lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    const bool is_empty = info.st_size == 0; /* somebody may be about to fill it, or its disk is full */
    if ((is_found && age_of(&info) < QUIET_SECONDS) || (is_empty && age_of(&info) < FRESH_SECONDS)) {
        watch->again = true;
        return;
    }
    if (is_empty) {
        refuse_file(watch, product, name, "the file is empty");
        return;
    }
    const pb_status status = pb_file_read(path, limit, &bytes, &size);
    if (status == PB_STATUS_LIMIT) {
        refuse_file(watch, product, name, pb_error_message());
        return;
    }
    if (status != PB_STATUS_OK) {
        if (access(path, F_OK) == 0)
            watch->station->options.warn("%s", pb_error_message());
        return;
    }
    judge_bytes(watch, product, name, &info, is_found, bytes, size);
    pb_free(bytes);
}

/* ---- looking ------------------------------------------------------------------------------------------------------ */

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void scan(station_watch *watch, int64_t product)
{
    char path[STATION_PATH_BYTES];
    struct dirent **entries;
    if (!path_of(watch, product, "", "", path))
        return;
    const int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        if (!atomic_load(&watch->stopping))
            judge_file(watch, product, entries[i]->d_name, true);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static void scan_all(station_watch *watch)
{
    watch->again = false;
    for (int64_t i = 0; i < watch->station->config.n_products; i++)
        scan(watch, i);
}

static void handle(station_watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) {
        scan_all(watch);
        return;
    }
    for (int64_t i = 0; i < watch->station->config.n_products; i++)
        if (watch->descriptor[i] == event->wd && event->len > 0 && !(event->mask & IN_ISDIR))
            judge_file(watch, i, event->name, false);
}

static void read_events(station_watch *watch)
{
    char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    const ssize_t n = read(watch->inotify, buffer, sizeof buffer);
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);
        if (!atomic_load(&watch->stopping))
            handle(watch, event);
        at += (ssize_t)sizeof *event + (ssize_t)event->len;
    }
}

static void *watch_folders(void *context)
{
    station_watch *watch = context;
    struct pollfd files[2] = {{.fd = watch->inotify, .events = POLLIN}, {.fd = watch->wake, .events = POLLIN}};
    scan_all(watch);
    while (!atomic_load(&watch->stopping)) {
        const int ready = poll(files, 2, watch->again ? RETRY_MS : -1);
        if (ready == 0)
            scan_all(watch);
        else if (ready > 0 && files[0].revents)
            read_events(watch);
    }
    return NULL;
}

static pb_status add_folder(station_watch *watch, int64_t product)
{
    char path[STATION_PATH_BYTES];
    const char *root = watch->station->options.watch;
    if (!path_of(watch, product, "", "", path))
        return pb_fail(PB_STATUS_LIMIT, "the path of %s is too long", root);
    if ((mkdir(root, 0777) != 0 && errno != EEXIST) || (mkdir(path, 0777) != 0 && errno != EEXIST))
        return pb_file_fail(PB_STATUS_OUTPUT, "make folder", path);
    watch->descriptor[product] = inotify_add_watch(watch->inotify, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
    return watch->descriptor[product] >= 0 ? PB_STATUS_OK : pb_file_fail(PB_STATUS_IO, "watch", path);
}

/* Photos in a folder whose name is misspelt would wait for ever. */
static void warn_of_strangers(const station_watch *watch)
{
    const station_config *config = &watch->station->config;
    struct dirent **entries;
    const int n = scandir(watch->station->options.watch, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        bool known = entries[i]->d_name[0] == '.';
        for (int64_t product = 0; product < config->n_products && !known; product++)
            known = strcmp(entries[i]->d_name, product_of(watch, product)) == 0;
        if (!known)
            watch->station->options.warn("%s/%s is of no product of the station: nothing in it is judged",
                                         watch->station->options.watch, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static pb_status open_watch(station_watch *watch)
{
    watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch->wake = eventfd(0, EFD_CLOEXEC);
    if (watch->inotify < 0 || watch->wake < 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot watch folders: %s", strerror(errno));
    for (int64_t i = 0; i < watch->station->config.n_products; i++)
        PB_TRY(add_folder(watch, i));
    warn_of_strangers(watch);
    if (pthread_create(&watch->thread, NULL, watch_folders, watch) != 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot start a thread");
    return PB_STATUS_OK;
}

static void free_watch(station_watch *watch)
{
    if (watch->inotify >= 0)
        close(watch->inotify);
    if (watch->wake >= 0)
        close(watch->wake);
    pthread_mutex_destroy(&watch->lock);
    pthread_cond_destroy(&watch->answered);
    pb_free(watch);
}

pb_status station_watch_start(station *self, station_watch **out)
{
    station_watch *watch;
    PB_TRY(PB_NEW(watch, 1));
    watch->station = self;
    watch->inotify = watch->wake = -1;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->answered, NULL);
    const pb_status status = open_watch(watch);
    if (status != PB_STATUS_OK) {
        free_watch(watch);
        return status;
    }
    *out = watch;
    return PB_STATUS_OK;
}

void station_watch_stop(station_watch *watch)
{
    const uint64_t one = 1;
    if (!watch)
        return;
    atomic_store(&watch->stopping, 1);
    if (write(watch->wake, &one, sizeof one) != (ssize_t)sizeof one)
        watch->station->options.warn("cannot wake the thread that watches folders");
    pthread_join(watch->thread, NULL);
    free_watch(watch);
}
