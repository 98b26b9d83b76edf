#include "station/config.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "io/json.h"
#include "io/json_fields.h"

/* The numbers of station.json: one row each drives reading, checking and writing. */
typedef struct number_row {
    const char *group, *key;
    bool whole;
    size_t offset;
    double initial, low, high;
    double least; /* above 0 at least this: what is less deletes everything at once, and is a slip; 0: no such limit */
} number_row;

#define FIELD(name) offsetof(station_config, name)
static const number_row numbers[] = {
    {"limits", "queue_parts", true, FIELD(queue_parts), 64, 1, 10000, 0},
    {"limits", "body_megabytes", true, FIELD(body_megabytes), 32, 1, 1024, 0},
    {"limits", "megapixels", true, FIELD(megapixels), 64, 1, 1000, 0},
    {"limits", "connections", true, FIELD(connections), 12000, 8, 100000, 0},
    {"limits", "header_seconds", true, FIELD(header_seconds), 30, 1, 3600, 0},
    {"limits", "body_seconds", true, FIELD(body_seconds), 120, 1, 3600, 0},
    {"limits", "answer_seconds", true, FIELD(answer_seconds), 300, 1, 3600, 0},
    {"retention", "days", false, FIELD(keep_days), 0, 0, 36500, 0.001},
    {"retention", "gigabytes", false, FIELD(keep_gigabytes), 0, 0, 1e9, 1e-6},
    {"retention", "free_gigabytes", false, FIELD(free_gigabytes), 0.2, 0, 1e9, 0},
    {"page", "shift_hours", false, FIELD(shift_hours), 8, 0.25, 24, 0},
    {"page", "review_share", false, FIELD(review_share), 0.02, 0, 1, 0},
};
#undef FIELD
enum { N_NUMBERS = sizeof numbers / sizeof numbers[0] };
static const char *const groups[] = {"limits", "retention", "page"};
enum { N_GROUPS = sizeof groups / sizeof groups[0] };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool station_name_is_valid(const char *name)
{
    const size_t n = strlen(name);
    if (n < 1 || n >= STATION_NAME_BYTES || !is_letter_or_digit(name[0]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_letter_or_digit(name[i]) && !strchr("._-", name[i]))
            return false;
    return true;
}

static void set_number(station_config *config, const number_row *row, double value)
{
    char *at = (char *)config + row->offset;
    const int64_t whole = (int64_t)value;
    if (row->whole)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &value, sizeof value);
}

static double get_number(const station_config *config, const number_row *row)
{
    const char *at = (const char *)config + row->offset;
    int64_t whole;
    double value;
    memcpy(&whole, at, sizeof whole);
    memcpy(&value, at, sizeof value);
    return row->whole ? (double)whole : value;
}

void station_config_default(station_config *out)
{
    *out = (station_config){0};
    for (int i = 0; i < N_NUMBERS; i++)
        set_number(out, &numbers[i], numbers[i].initial);
}

static const number_row *find_number(const char *group, const char *key)
{
    for (int i = 0; i < N_NUMBERS; i++)
        if (strcmp(numbers[i].group, group) == 0 && strcmp(numbers[i].key, key) == 0)
            return &numbers[i];
    return NULL;
}

static pb_status check_number(const number_row *row, const json_t *value, const char *path)
{
    char given[64] = "something else", least[48] = "";
    const double number = json_number_value(value);
    if (json_is_number(value) && number >= row->low && number <= row->high &&
        (!row->whole || number == floor(number)) && (number == 0 || number >= row->least))
        return PB_STATUS_OK;
    if (json_is_number(value))
        snprintf(given, sizeof given, "%.17g", number);
    else if (json_is_string(value))
        snprintf(given, sizeof given, "\"%.40s\"", json_string_value(value));
    if (row->least > 0)
        snprintf(least, sizeof least, "0, or from %g", row->least);
    else
        snprintf(least, sizeof least, "from %g", row->low);
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" of \"%s\" must be a%s number, %s to %g, not %s", path, row->key,
                   row->group, row->whole ? " whole" : "", least, row->high, given);
}

static pb_status read_group(const json_t *group, const char *name, const char *path, station_config *out)
{
    const char *key;
    json_t *value;
    if (!json_is_object(group))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" is not an object", path, name);
    json_object_foreach((json_t *)(uintptr_t)group, key, value)
    {
        const number_row *row = find_number(name, key);
        if (!row)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" has no key \"%s\"", path, name, key);
        PB_TRY(check_number(row, value, path));
        set_number(out, row, json_number_value(value));
    }
    return PB_STATUS_OK;
}

static pb_status check_keys(const json_t *object, const char *const *known, const char *path)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: unknown key \"%s\"", path, key);
    }
    return PB_STATUS_OK;
}

static pb_status read_product(const json_t *entry, const char *path, station_config *out)
{
    static const char *const known[] = {"name", "backbone", NULL};
    station_config_product product = {{0}, {0}};
    if (!json_is_object(entry))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a product is not an object", path);
    PB_TRY(check_keys(entry, known, path));
    PB_TRY(pb_json_get_text(entry, "name", path, product.name, sizeof product.name));
    if (json_object_get(entry, "backbone"))
        PB_TRY(pb_json_get_text(entry, "backbone", path, product.backbone, sizeof product.backbone));
    if (!station_name_is_valid(product.name))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: '%s' is no name for a product: letters, digits, '.', '_', '-'", path,
                       product.name);
    if (station_config_find(out, product.name) >= 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: product %s is there twice", path, product.name);
    if (out->n_products == STATION_MAX_PRODUCTS)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: more than %d products", path, STATION_MAX_PRODUCTS);
    out->product[out->n_products++] = product;
    return PB_STATUS_OK;
}

static pb_status read_hosts(const json_t *hosts, const char *path, station_config *out)
{
    if (!json_is_array(hosts) || json_array_size(hosts) > STATION_MAX_HOSTS)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"hosts\" must be a list of up to %d names", path, STATION_MAX_HOSTS);
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const char *host = json_string_value(json_array_get(hosts, i));
        if (!host || !*host || strlen(host) >= sizeof out->host[0] || strpbrk(host, "/ \"'"))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: host %d is no name such as \"station.example:8443\"", path,
                           (int)i);
        snprintf(out->host[out->n_hosts++], sizeof out->host[0], "%s", host);
    }
    return PB_STATUS_OK;
}

static pb_status read_config(const json_t *root, const char *path, station_config *out)
{
    static const char *const known[] = {"format", "version", "products", "limits", "retention", "page", "hosts", NULL};
    char format[32];
    int64_t version;
    const json_t *products;
    if (!json_is_object(root))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: not an object", path);
    PB_TRY(check_keys(root, known, path));
    PB_TRY(pb_json_get_text(root, "format", path, format, sizeof format));
    if (strcmp(format, "purebank-station") != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"format\" is not \"purebank-station\"", path);
    PB_TRY(pb_json_get_int(root, "version", path, 1, 1, &version));
    PB_TRY(pb_json_get_array(root, "products", path, &products));
    for (size_t i = 0; i < json_array_size(products); i++)
        PB_TRY(read_product(json_array_get(products, i), path, out));
    for (int i = 0; i < N_GROUPS; i++)
        if (json_object_get(root, groups[i]))
            PB_TRY(read_group(json_object_get(root, groups[i]), groups[i], path, out));
    return json_object_get(root, "hosts") ? read_hosts(json_object_get(root, "hosts"), path, out) : PB_STATUS_OK;
}

pb_status station_config_load(const char *path, station_config *out)
{
    json_t *root;
    station_config_default(out);
    PB_TRY(pb_json_load(path, 1 << 20, &root));
    const pb_status status = read_config(root, path, out);
    json_decref(root);
    return status;
}

static json_t *group_of(const station_config *config, const char *name)
{
    json_t *group = json_object();
    for (int i = 0; i < N_NUMBERS; i++) {
        if (strcmp(numbers[i].group, name) != 0)
            continue;
        const double value = get_number(config, &numbers[i]);
        json_object_set_new(group, numbers[i].key,
                            numbers[i].whole ? json_integer((json_int_t)value) : json_real(value));
    }
    return group;
}

pb_status station_config_save(const station_config *config, const char *path)
{
    json_t *products = json_array(), *hosts = json_array();
    for (int64_t i = 0; i < config->n_products; i++) {
        json_t *entry = json_pack("{s:s}", "name", config->product[i].name);
        if (config->product[i].backbone[0])
            json_object_set_new(entry, "backbone", json_string(config->product[i].backbone));
        json_array_append_new(products, entry);
    }
    for (int64_t i = 0; i < config->n_hosts; i++)
        json_array_append_new(hosts, json_string(config->host[i]));
    json_t *root = json_pack("{s:s, s:i, s:o}", "format", "purebank-station", "version", 1, "products", products);
    for (int i = 0; i < N_GROUPS; i++)
        json_object_set_new(root, groups[i], group_of(config, groups[i]));
    json_object_set_new(root, "hosts", hosts);
    const pb_status status = root ? pb_json_save(root, path) : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    json_decref(root);
    return status;
}

int64_t station_config_find(const station_config *config, const char *name)
{
    for (int64_t i = 0; i < config->n_products; i++)
        if (strcmp(config->product[i].name, name) == 0)
            return i;
    return -1;
}
