/* The Gabor filters (method.md#builtin-filters), and their weights folded by symmetry. */
#include "backbone/builtin/builtin_gabor.h"

#include <math.h>

/* Daugman (1985), "Uncertainty relation for resolution in space, spatial frequency, and orientation": a plane
 * wave in a Gaussian of aspect 0.5. Every level of the pyramid uses the same filters. */
static const double sigma = 1.04, aspect = 0.5;
static const double pi = 3.14159265358979323846;

typedef struct gabor_filter {
    double re[GABOR_ROWS][GABOR_ROWS]; /* [Y + 4][X + 4] */
    double im[GABOR_ROWS][GABOR_ROWS];
} gabor_filter;

static void gabor_filter_init(int orientation, gabor_filter *filter)
{
    const double angle = pi * orientation / GABOR_ORIENTATIONS, frequency = 3 * pi / 4;
    double envelope[GABOR_ROWS][GABOR_ROWS], total = 0, mean = 0;
    for (int i = 0; i < GABOR_ROWS; i++)
        for (int j = 0; j < GABOR_ROWS; j++) {
            const int y = i - GABOR_RADIUS, x = j - GABOR_RADIUS;
            const double u = x * cos(angle) + y * sin(angle), w = aspect * (-x * sin(angle) + y * cos(angle));
            envelope[i][j] = exp(-(u * u + w * w) / (2 * sigma * sigma));
            filter->re[i][j] = cos(frequency * u);
            filter->im[i][j] = sin(frequency * u);
            total += envelope[i][j];
        }
    for (int i = 0; i < GABOR_ROWS; i++)
        for (int j = 0; j < GABOR_ROWS; j++) {
            envelope[i][j] /= total;
            mean += envelope[i][j] * filter->re[i][j];
        }
    for (int i = 0; i < GABOR_ROWS; i++)
        for (int j = 0; j < GABOR_ROWS; j++) {
            /* A filter that does not see a constant. */
            filter->re[i][j] = envelope[i][j] * (filter->re[i][j] - mean);
            filter->im[i][j] *= envelope[i][j];
        }
}

void pb_builtin_gabor_weights(gabor_weights *weights)
{
    *weights = (gabor_weights){0};
    for (int l = 0; l <= GABOR_ORIENTATIONS / 2; l++) {
        gabor_filter filter;
        gabor_filter_init(l, &filter);
        for (int y = 0; y < GABOR_OFFSETS; y++)
            for (int x = 0; x < GABOR_OFFSETS; x++) {
                const int row = GABOR_RADIUS + y, right = GABOR_RADIUS + x, left = GABOR_RADIUS - x;
                const double re = filter.re[row][right], mirror_re = filter.re[row][left];
                const double im = filter.im[row][right], mirror_im = filter.im[row][left];
                weights->ee[y][l][x] = (float)(0.5 * (re + mirror_re));
                if (l >= 1)
                    weights->eo[y][l - 1][x] = (float)(0.5 * (im + mirror_im));
                if (l <= 3)
                    weights->oe[y][l][x] = (float)(0.5 * (im - mirror_im));
                if (l >= 1 && l <= 3)
                    weights->oo[y][l - 1][x] = (float)(0.5 * (re - mirror_re));
            }
    }
}
