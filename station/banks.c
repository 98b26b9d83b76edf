#define _GNU_SOURCE /* memfd_create() */
#include "station/banks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"

enum { MAX_BACKBONES = 64, MAX_IDLE = 64 };
#define MAX_BANK_BYTES ((size_t)16 << 30)

struct station_backbone {
    pb_origin origin;
    char name[512]; /* to open it by; "" where the bank knows */
    bool light;     /* may be open several times */
    pthread_mutex_t lock;
    pthread_cond_t returned;
    int n_open, n_idle;
    pb_backbone *idle[MAX_IDLE];
};

struct station_banks {
    const char *folder;
    const station_config *config;
    pthread_mutex_t lock;
    station_bank *active[STATION_MAX_PRODUCTS];                /* in the order of config->product */
    char trouble[STATION_MAX_PRODUCTS][STATION_TROUBLE_BYTES]; /* why there is none */
    int64_t n_backbones;
    station_backbone *backbone[MAX_BACKBONES];
};

pb_status station_banks_new(const char *folder, const station_config *config, station_banks **out)
{
    station_banks *banks;
    PB_TRY(PB_NEW(banks, 1));
    banks->folder = folder;
    banks->config = config;
    pthread_mutex_init(&banks->lock, NULL);
    *out = banks;
    return PB_STATUS_OK;
}

static void free_backbone(station_backbone *backbone)
{
    for (int i = 0; i < backbone->n_idle; i++)
        pb_backbone_close(backbone->idle[i]);
    pthread_mutex_destroy(&backbone->lock);
    pthread_cond_destroy(&backbone->returned);
    pb_free(backbone);
}

void station_banks_free(station_banks *banks)
{
    if (!banks)
        return;
    for (int i = 0; i < STATION_MAX_PRODUCTS; i++)
        station_bank_release(banks->active[i]);
    for (int64_t i = 0; i < banks->n_backbones; i++)
        free_backbone(banks->backbone[i]);
    pthread_mutex_destroy(&banks->lock);
    pb_free(banks);
}

pb_status station_banks_path(const station_banks *banks, const char *product, int64_t version,
                             char out[STATION_PATH_BYTES])
{
    const int n = snprintf(out, STATION_PATH_BYTES, "%s/%s/%lld.bank", banks->folder, product, (long long)version);
    return n < STATION_PATH_BYTES ? PB_STATUS_OK : pb_fail(PB_STATUS_LIMIT, "the path of a bank is too long: %s", out);
}

/* ---- loading ------------------------------------------------------------------------------------------------------ */

/* From a copy that nobody else can reach: descriptors are mapped, and a file that was written over or cut short would change them. */
static pb_status load_copy(const void *bytes, size_t size, const char *path, pb_bank **out)
{
    char name[64];
    const int fd = memfd_create("bank", MFD_CLOEXEC);
    if (fd < 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "no memory for the bank %s", path);
    pb_status status = PB_STATUS_OK;
    for (size_t done = 0; done < size && status == PB_STATUS_OK;) {
        const ssize_t n = write(fd, (const char *)bytes + done, size - done);
        if (n <= 0)
            status = pb_fail(PB_STATUS_NO_MEMORY, "no memory for the bank %s (%zu bytes)", path, size);
        else
            done += (size_t)n;
    }
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (status == PB_STATUS_OK && (status = pb_bank_load(name, out)) != PB_STATUS_OK)
        status = pb_fail(status, "%s: %s", path, pb_error_message());
    close(fd);
    return status;
}

static pb_status load_bank(const char *path, const char *sha256, pb_bank **out)
{
    uint8_t *bytes;
    size_t size;
    char hex[65];
    PB_TRY(pb_file_read(path, MAX_BANK_BYTES, &bytes, &size));
    pb_status status = pb_sha256_bytes(bytes, size, hex);
    if (status == PB_STATUS_OK && strcmp(hex, sha256) != 0)
        status = pb_fail(
            PB_STATUS_MISMATCH,
            "%s has been replaced: its SHA-256 is %.16s..., that of the version was %.16s...; put the right file "
            "back",
            path, hex, sha256);
    if (status == PB_STATUS_OK)
        status = load_copy(bytes, size, path, out);
    pb_free(bytes);
    return status;
}

/* May a bank of `origin` share its handles? As pb_bank_open_backbone() would find out of each; the bits of samples, which
 * station_backbone_take() sets, aside. What does not know its backbone shares none: it would match any of the same grid. */
static bool is_same_backbone(const station_backbone *backbone, const pb_origin *origin, const char *name)
{
    pb_origin wanted = *origin;
    wanted.sample_bits = backbone->origin.sample_bits;
    return wanted.backbone[0] && strcmp(backbone->name, name) == 0 &&
           pb_origin_match(&backbone->origin, "a backbone", &wanted, "the bank") == PB_STATUS_OK;
}

static pb_status open_handle(const station_backbone *backbone, const pb_bank *bank, pb_backbone **out)
{
    const pb_bank_backbone_options options = {.size = sizeof options, .name = *backbone->name ? backbone->name : NULL};
    return pb_bank_open_backbone(bank, &options, out);
}

static pb_status add_backbone(station_banks *banks, const pb_bank *bank, const char *name, station_backbone **out)
{
    station_backbone *backbone;
    if (banks->n_backbones == MAX_BACKBONES)
        return pb_fail(PB_STATUS_LIMIT, "a station has at most %d different backbones", MAX_BACKBONES);
    PB_TRY(PB_NEW(backbone, 1));
    backbone->origin = *pb_bank_origin(bank);
    backbone->light = pb_backbone_is_light(backbone->origin.backbone);
    snprintf(backbone->name, sizeof backbone->name, "%s", name);
    pthread_mutex_init(&backbone->lock, NULL);
    pthread_cond_init(&backbone->returned, NULL);
    const pb_status status = open_handle(backbone, bank, &backbone->idle[0]);
    if (status != PB_STATUS_OK) {
        free_backbone(backbone);
        return status;
    }
    backbone->n_open = backbone->n_idle = 1;
    banks->backbone[banks->n_backbones++] = backbone;
    *out = backbone;
    return PB_STATUS_OK;
}

static pb_status find_backbone(station_banks *banks, const char *product, const pb_bank *bank, station_backbone **out)
{
    const int64_t at = station_config_find(banks->config, product);
    const char *name = at >= 0 ? banks->config->product[at].backbone : "";
    pb_status status = PB_STATUS_OK;
    *out = NULL;
    pthread_mutex_lock(&banks->lock);
    for (int64_t i = 0; i < banks->n_backbones && !*out; i++)
        if (is_same_backbone(banks->backbone[i], pb_bank_origin(bank), name))
            *out = banks->backbone[i];
    if (!*out)
        status = add_backbone(banks, bank, name, out);
    pthread_mutex_unlock(&banks->lock);
    return status;
}

pb_status station_banks_load(station_banks *banks, const char *product, int64_t version, const char *sha256,
                             station_bank **out)
{
    char path[STATION_PATH_BYTES];
    station_bank *bank;
    PB_TRY(station_banks_path(banks, product, version, path));
    PB_TRY(PB_NEW(bank, 1));
    atomic_store(&bank->holders, 1);
    snprintf(bank->product, sizeof bank->product, "%s", product);
    bank->version = version;
    pb_status status = load_bank(path, sha256, &bank->bank);
    if (status == PB_STATUS_OK)
        status = find_backbone(banks, product, bank->bank, &bank->backbone);
    if (status != PB_STATUS_OK) {
        station_bank_release(bank);
        return status;
    }
    *out = bank;
    return PB_STATUS_OK;
}

void station_banks_activate(station_banks *banks, station_bank *bank)
{
    const int64_t at = station_config_find(banks->config, bank->product);
    PB_ASSERT(at >= 0);
    atomic_fetch_add(&bank->holders, 1);
    pthread_mutex_lock(&banks->lock);
    station_bank *old = banks->active[at];
    banks->active[at] = bank;
    banks->trouble[at][0] = '\0';
    pthread_mutex_unlock(&banks->lock);
    station_bank_release(old);
}

void station_banks_fail(station_banks *banks, const char *product, const char *why)
{
    const int64_t at = station_config_find(banks->config, product);
    PB_ASSERT(at >= 0);
    pthread_mutex_lock(&banks->lock);
    snprintf(banks->trouble[at], sizeof banks->trouble[at], "%s", why);
    pthread_mutex_unlock(&banks->lock);
}

bool station_banks_trouble(station_banks *banks, const char *product, char *why)
{
    const int64_t at = station_config_find(banks->config, product);
    why[0] = '\0';
    if (at < 0)
        return false;
    pthread_mutex_lock(&banks->lock);
    snprintf(why, STATION_TROUBLE_BYTES, "%s", banks->trouble[at]);
    pthread_mutex_unlock(&banks->lock);
    return *why != '\0';
}

station_bank *station_banks_active(station_banks *banks, const char *product)
{
    const int64_t at = station_config_find(banks->config, product);
    station_bank *bank = NULL;
    if (at < 0)
        return NULL;
    pthread_mutex_lock(&banks->lock);
    bank = banks->active[at];
    if (bank)
        atomic_fetch_add(&bank->holders, 1);
    pthread_mutex_unlock(&banks->lock);
    return bank;
}

void station_bank_release(station_bank *bank)
{
    if (!bank || atomic_fetch_sub(&bank->holders, 1) > 1)
        return;
    pb_bank_free(bank->bank);
    pb_free(bank);
}

bool station_banks_are_light(station_banks *banks)
{
    bool light = true;
    pthread_mutex_lock(&banks->lock);
    for (int64_t i = 0; i < banks->n_backbones; i++)
        light = light && banks->backbone[i]->light;
    pthread_mutex_unlock(&banks->lock);
    return light;
}

int64_t station_banks_n_backbones(station_banks *banks)
{
    pthread_mutex_lock(&banks->lock);
    const int64_t n = banks->n_backbones;
    pthread_mutex_unlock(&banks->lock);
    return n;
}

/* ---- handles ------------------------------------------------------------------------------------------------------ */

static pb_status take_handle(const station_bank *bank, pb_backbone **out)
{
    station_backbone *backbone = bank->backbone;
    *out = NULL;
    pthread_mutex_lock(&backbone->lock);
    while (backbone->n_idle == 0 && (!backbone->light || backbone->n_open == MAX_IDLE))
        pthread_cond_wait(&backbone->returned, &backbone->lock);
    if (backbone->n_idle > 0)
        *out = backbone->idle[--backbone->n_idle];
    else
        backbone->n_open++;
    pthread_mutex_unlock(&backbone->lock);
    if (*out)
        return PB_STATUS_OK;
    const pb_status status = open_handle(backbone, bank->bank, out);
    if (status != PB_STATUS_OK) {
        pthread_mutex_lock(&backbone->lock);
        backbone->n_open--;
        pthread_cond_signal(&backbone->returned);
        pthread_mutex_unlock(&backbone->lock);
    }
    return status;
}

pb_status station_backbone_take(const station_bank *bank, pb_backbone **out)
{
    PB_TRY(take_handle(bank, out));
    /* Products share a backbone, each with the bits of its own photos. */
    const pb_status status = pb_backbone_set_sample_bits(*out, pb_bank_origin(bank->bank)->sample_bits);
    if (status != PB_STATUS_OK)
        station_backbone_give(bank, *out);
    return status;
}

void station_backbone_give(const station_bank *bank, pb_backbone *handle)
{
    station_backbone *backbone = bank->backbone;
    pthread_mutex_lock(&backbone->lock);
    backbone->idle[backbone->n_idle++] = handle;
    pthread_cond_signal(&backbone->returned);
    pthread_mutex_unlock(&backbone->lock);
}
