/* The loops of cnn_winograd_kernels.c for one width of vectors: that file includes this one once an instruction set, with
 * TARGET, NAME(), LANES, ROWS, VEC, LOAD, STORE, SPREAD, LARGER and FUSED in its words. No include guard for that. */

TARGET static inline __attribute__((always_inline)) VEC NAME(zero)(void)
{
    return SPREAD(0);
}

/* ---- Transforms of one line ---- */

/* B^T x of F(2, 3): points 0, 1, -1 and infinity. */
TARGET static inline __attribute__((always_inline)) void NAME(into_2)(const VEC *x, int step, VEC *y)
{
    const VEC x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step];
    y[0] = x0 - x2;
    y[step] = x1 + x2;
    y[2 * step] = x2 - x1;
    y[3 * step] = x3 - x1;
}

/* A^T x, the values of y side by side. */
TARGET static inline __attribute__((always_inline)) void NAME(out_of_2)(const VEC *x, int step, VEC *y)
{
    const VEC sum = x[step] + x[2 * step], difference = x[step] - x[2 * step];
    y[0] = x[0] + sum;
    y[1] = difference + x[3 * step];
}

/* B^T x of F(4, 3): points 0, P, -P, Q, -Q and infinity. */
TARGET static inline __attribute__((always_inline)) void NAME(into_4)(const VEC *x, int step, VEC *y)
{
    const VEC p = SPREAD(P), q = SPREAD(Q), pp = SPREAD(P * P), qq = SPREAD(Q * Q), sum = SPREAD(P * P + Q * Q),
              product = SPREAD(P * P * Q * Q);
    const VEC x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step], x5 = x[5 * step];
    const VEC p_even = x4 - qq * x2, p_odd = p * (x3 - qq * x1), q_even = x4 - pp * x2, q_odd = q * (x3 - pp * x1);
    y[0] = x4 - sum * x2 + product * x0;
    y[step] = p_even + p_odd;
    y[2 * step] = p_even - p_odd;
    y[3 * step] = q_even + q_odd;
    y[4 * step] = q_even - q_odd;
    y[5 * step] = x5 - sum * x3 + product * x1;
}

TARGET static inline __attribute__((always_inline)) void NAME(out_of_4)(const VEC *x, int step, VEC *y)
{
    const VEC p_sum = x[step] + x[2 * step], q_sum = x[3 * step] + x[4 * step],
              p_odd = SPREAD(P) * (x[step] - x[2 * step]), q_odd = SPREAD(Q) * (x[3 * step] - x[4 * step]);
    const VEC pp = SPREAD(P * P), qq = SPREAD(Q * Q);
    y[0] = x[0] + p_sum + q_sum;
    y[1] = p_odd + q_odd;
    y[2] = pp * p_sum + qq * q_sum;
    y[3] = pp * p_odd + qq * q_odd + x[5 * step];
}

TARGET static inline __attribute__((always_inline)) void NAME(into)(int outputs, const VEC *x, int step, VEC *y)
{
    if (outputs == 2)
        NAME(into_2)(x, step, y);
    else
        NAME(into_4)(x, step, y);
}

TARGET static inline __attribute__((always_inline)) void NAME(out_of)(int outputs, const VEC *x, int step, VEC *y)
{
    if (outputs == 2)
        NAME(out_of_2)(x, step, y);
    else
        NAME(out_of_4)(x, step, y);
}

/* ---- Tiles ---- */

/* Always inline, so that `outputs` is a constant: 2 or 4. */
TARGET static inline __attribute__((always_inline)) void NAME(gather_tile)(const pb_cnn_winograd_map *map, int outputs,
                                                                           int64_t tile, int64_t group, float *product,
                                                                           int64_t stride)
{
    const int n = outputs + 2;
    const int64_t across = (map->side + outputs - 1) / outputs, top = tile / across * outputs - 1,
                  left = tile % across * outputs - 1;
    const bool inside = top >= 0 && left >= 0 && top + n <= map->side && left + n <= map->side;
    const float *from = map->values + group * map->group;
    VEC d[MOST_SIDE * MOST_SIDE], line[MOST_SIDE];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const int64_t y = top + i, x = left + j;
            d[i * n + j] = inside || (y >= 0 && x >= 0 && y < map->side && x < map->side)
                               ? LOAD(from + (y * map->side + x) * map->pixel)
                               : NAME(zero)();
        }
    for (int j = 0; j < n; j++)
        NAME(into)(outputs, d + j, n, d + j);
    for (int i = 0; i < n; i++) {
        NAME(into)(outputs, d + i * n, 1, line);
        for (int j = 0; j < n; j++)
            STORE(product + (i * n + j) * stride, line[j]);
    }
}

TARGET static void NAME(gather)(const pb_cnn_winograd_map *map, int outputs, int64_t first, int64_t n_tiles,
                                int64_t n_groups, float *out, int64_t stride)
{
    for (int64_t t = 0; t < n_tiles; t++)
        for (int64_t g = 0; g < n_groups; g++) {
            float *place = out + (g * n_tiles + t) * LANES;
            if (outputs == 2)
                NAME(gather_tile)(map, 2, first + t, g, place, stride);
            else
                NAME(gather_tile)(map, 4, first + t, g, place, stride);
        }
}

TARGET static inline __attribute__((always_inline)) void NAME(scatter_tile)(const pb_cnn_winograd_finish *finish,
                                                                            int outputs, int64_t tile, int64_t group,
                                                                            const float *product, int64_t stride)
{
    const int n = outputs + 2;
    const pb_cnn_winograd_map *map = &finish->map;
    const int64_t across = (map->side + outputs - 1) / outputs, top = tile / across * outputs,
                  left = tile % across * outputs;
    float *to = finish->values + group * map->group;
    const VEC shift = LOAD(finish->shift + group * LANES);
    VEC m[MOST_SIDE * MOST_SIDE], line[MOST_SIDE];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            line[j] = LOAD(product + (i * n + j) * stride);
        NAME(out_of)(outputs, line, 1, m + i * n);
    }
    for (int j = 0; j < outputs && left + j < map->side; j++) {
        NAME(out_of)(outputs, m + j, n, line);
        for (int i = 0; i < outputs && top + i < map->side; i++) {
            float *pixel = to + ((top + i) * map->side + left + j) * map->pixel;
            VEC value = line[i] + shift;
            if (finish->adds)
                value = value + LOAD(pixel);
            if (finish->relu)
                value = LARGER(NAME(zero)(), value);
            STORE(pixel, value);
        }
    }
}

TARGET static void NAME(scatter)(const pb_cnn_winograd_finish *finish, int outputs, int64_t first, int64_t n_tiles,
                                 int64_t panel, const float *products, int64_t stride)
{
    for (int64_t t = 0; t < n_tiles; t++)
        for (int v = 0; v < VECTORS; v++) {
            const float *place = products + (t * VECTORS + v) * LANES;
            if (outputs == 2)
                NAME(scatter_tile)(finish, 2, first + t, panel * VECTORS + v, place, stride);
            else
                NAME(scatter_tile)(finish, 4, first + t, panel * VECTORS + v, place, stride);
        }
}

/* ---- Products ---- */

/* Sums of `rows` rows in registers: rows of a times a panel of VECTORS vectors of columns, while the next panel comes in. */
TARGET static inline __attribute__((always_inline)) void
NAME(multiply)(const float *a, int64_t a_group, const float *b, const float *next, int64_t n_groups, float *c, int rows)
{
    VEC sum[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = NAME(zero)();
    for (int64_t g = 0; g < n_groups; g++, a += a_group)
        for (int l = 0; l < LANES; l++, b += VECTORS * LANES, next += VECTORS * LANES) {
            const VEC b0 = LOAD(b), b1 = LOAD(b + LANES);
            for (int line = 0; line < VECTORS * LANES; line += FLOATS_A_LINE)
                _mm_prefetch(next + line, _MM_HINT_T1);
            for (int r = 0; r < rows; r++) {
                const VEC x = SPREAD(a[r * LANES + l]);
                sum[r][0] = FUSED(x, b0, sum[r][0]);
                sum[r][1] = FUSED(x, b1, sum[r][1]);
            }
        }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            STORE(c + (r * VECTORS + v) * LANES, sum[r][v]);
}

TARGET static void NAME(multiply_all)(const float *a, int64_t n_tiles, const float *b, const float *next,
                                      int64_t n_groups, float *c)
{
    const int64_t n_parts = (n_tiles + ROWS - 1) / ROWS, a_group = n_tiles * LANES;
    int64_t first = 0;
    for (int64_t i = 0; i < n_parts; i++) {
        const int64_t end = (i + 1) * n_tiles / n_parts;
        const float *from = a + first * LANES;
        float *to = c + first * VECTORS * LANES;
        switch (end - first) {
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        NAME(multiply)(from, a_group, b, next, n_groups, to, n);                                                       \
        break
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
#if ROWS > 6
            CASE(7);
            CASE(8);
            CASE(9);
            CASE(10);
            CASE(11);
            CASE(12);
            CASE(13);
            CASE(14);
#endif
#undef CASE
        default:
            break;
        }
        first = end;
    }
}

static const pb_cnn_winograd_kernels NAME(kernels) = {LANES, NAME(gather), NAME(multiply_all), NAME(scatter)};

#undef TARGET
#undef NAME
#undef LANES
#undef ROWS
#undef VEC
#undef LOAD
#undef STORE
#undef SPREAD
#undef LARGER
#undef FUSED
