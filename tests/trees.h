/* Data sets for tests: tiny images in the published layouts, below one folder. */
#ifndef PB_TESTS_TREES_H
#define PB_TESTS_TREES_H

#include "support.h"

#include "io/file.h"

static char tree_root[256]; /* made by the test */

/* Makes the folders above a file of the tree; path = the file's whole name. */
static inline void tree_path(const char *name, char path[1024])
{
    snprintf(path, 1024, "%s/%s", tree_root, name);
    for (char *slash = path + strlen(tree_root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
}

/* A PNG of noise, whatever the name's ending: readers go by content. */
static inline void tree_image(const char *name, int width, int height, int seed)
{
    char path[1024], temporary[1100];
    pb_image image;
    test_rng rng = {(uint64_t)seed};
    tree_path(name, path);
    assert_ok(pb_image_new(width, height, &image));
    for (int i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)(100 + test_rng_next(&rng) % 40);
    snprintf(temporary, sizeof temporary, "%s.png", path);
    assert_ok(pb_image_write_png(&image, temporary));
    assert_int_equal(rename(temporary, path), 0);
    pb_image_free(&image);
}

/* A mask with the pixels [first, last) of its first row set. */
static inline void tree_mask(const char *name, int width, int height, int first, int last)
{
    char path[1024], temporary[1100];
    pb_image image;
    tree_path(name, path);
    assert_ok(pb_image_new(width, height, &image));
    for (int i = first; i < last; i++)
        memset(image.rgb + 3 * i, 1, 3); /* any value > 0 is defect */
    snprintf(temporary, sizeof temporary, "%s.png", path);
    assert_ok(pb_image_write_png(&image, temporary));
    assert_int_equal(rename(temporary, path), 0);
    pb_image_free(&image);
}

static inline void tree_text(const char *name, const char *text)
{
    char path[1024];
    tree_path(name, path);
    assert_ok(pb_file_write(path, text, strlen(text)));
}

enum { TREE_WIDTH = 12, TREE_HEIGHT = 10 };

static inline void tree_photo(const char *name, int seed)
{
    tree_image(name, TREE_WIDTH, TREE_HEIGHT, seed);
}

static inline void tree_make_mvtec(void)
{
    char name[256];
    static const char *const mvtec[] = {"bottle", "cable"};
    for (int c = 0; c < 2; c++) {
        for (int i = 0; i < 6; i++) {
            snprintf(name, sizeof name, "mvtec_AD/%s/train/good/%03d.png", mvtec[c], i);
            tree_photo(name, 100 * c + i);
        }
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "mvtec_AD/%s/test/good/%03d.png", mvtec[c], i);
            tree_photo(name, 100 * c + 10 + i);
            snprintf(name, sizeof name, "mvtec_AD/%s/test/broken_large/%03d.png", mvtec[c], i);
            tree_photo(name, 100 * c + 20 + i);
            snprintf(name, sizeof name, "mvtec_AD/%s/ground_truth/broken_large/%03d_mask.png", mvtec[c], i);
            tree_mask(name, TREE_WIDTH, TREE_HEIGHT, 0, 4);
        }
        snprintf(name, sizeof name, "mvtec_AD/%s/readme.txt", mvtec[c]);
        tree_text(name, "text");
    }
}

static inline void tree_make_visa(void)
{
    char name[256];
    /* Test rows keep the table's order, training rows are sorted. */
    tree_text("VisA/split_csv/1cls.csv", "object,split,label,image,mask\r\n"
                                         "pcb1,train,normal,pcb1/Data/Images/Normal/0002.JPG,\r\n"
                                         "candle,train,normal,candle/Data/Images/Normal/0001.JPG,\r\n"
                                         "pcb1,train,normal,pcb1/Data/Images/Normal/0001.JPG,\r\n"
                                         "pcb1,test,normal,pcb1/Data/Images/Normal/0009.JPG,\r\n"
                                         "candle,test,normal,candle/Data/Images/Normal/0002.JPG,\r\n"
                                         "pcb1,test,anomaly,pcb1/Data/Images/Anomaly/001.JPG,"
                                         "pcb1/Data/Masks/Anomaly/001.png\r\n"
                                         "pcb1,test,anomaly,pcb1/Data/Images/Anomaly/000.JPG,"
                                         "pcb1/Data/Masks/Anomaly/000.png\r\n"
                                         "candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,"
                                         "candle/Data/Masks/Anomaly/000.png\r\n");
    static const char *const visa[] = {"pcb1/Data/Images/Normal/0001.JPG",   "pcb1/Data/Images/Normal/0002.JPG",
                                       "pcb1/Data/Images/Normal/0009.JPG",   "pcb1/Data/Images/Anomaly/000.JPG",
                                       "pcb1/Data/Images/Anomaly/001.JPG",   "candle/Data/Images/Normal/0001.JPG",
                                       "candle/Data/Images/Normal/0002.JPG", "candle/Data/Images/Anomaly/000.JPG"};
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "VisA/%s", visa[i]);
        tree_photo(name, 300 + i);
    }
    tree_mask("VisA/pcb1/Data/Masks/Anomaly/000.png", TREE_WIDTH, TREE_HEIGHT, 1, 3);
    tree_mask("VisA/pcb1/Data/Masks/Anomaly/001.png", TREE_WIDTH, TREE_HEIGHT, 2, 6);
    tree_mask("VisA/candle/Data/Masks/Anomaly/000.png", TREE_WIDTH, TREE_HEIGHT, 0, 1);
}

static inline void tree_make_loco(void)
{
    char name[256];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "mvtec_loco_AD/pushpins/train/good/%03d.png", i);
        tree_photo(name, 400 + i);
    }
    tree_photo("mvtec_loco_AD/pushpins/validation/good/000.png", 410); /* belongs to neither */
    tree_photo("mvtec_loco_AD/pushpins/test/good/000.png", 411);
    tree_photo("mvtec_loco_AD/pushpins/test/logical_anomalies/000.png", 412);
    tree_photo("mvtec_loco_AD/pushpins/test/structural_anomalies/000.png", 413);
    tree_mask("mvtec_loco_AD/pushpins/ground_truth/logical_anomalies/000/000.png", TREE_WIDTH, TREE_HEIGHT, 0, 2);
    tree_mask("mvtec_loco_AD/pushpins/ground_truth/logical_anomalies/000/001.png", TREE_WIDTH, TREE_HEIGHT, 5, 8);
    tree_mask("mvtec_loco_AD/pushpins/ground_truth/structural_anomalies/000/000.png", TREE_WIDTH, TREE_HEIGHT, 3, 4);
}

static inline void tree_make_btad(void)
{
    char name[256];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "btad/01/train/ok/%04d.bmp", i);
        tree_photo(name, 500 + i);
    }
    tree_photo("btad/01/test/ok/0000.bmp", 510);
    tree_photo("btad/01/test/ko/0000.bmp", 511);
    tree_photo("btad/01/test/ko/0001.bmp", 512);
    tree_mask("btad/01/ground_truth/ko/0000.png", TREE_WIDTH, TREE_HEIGHT, 0, 5);
    tree_mask("btad/01/ground_truth/ko/0001.bmp", TREE_WIDTH, TREE_HEIGHT, 0, 5);
}

/* mvtec_AD/bottle and cable, VisA/pcb1 and candle, mvtec_loco_AD/pushpins, btad/01 below the root. */
static inline void tree_make_benchmarks(void)
{
    tree_make_mvtec();
    tree_make_visa();
    tree_make_loco();
    tree_make_btad();
}

#endif
