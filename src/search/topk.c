#include "search/topk.h"

static void sift_up(pb_neighbor *heap, int64_t at)
{
    const pb_neighbor moving = heap[at];
    while (at > 0 && pb_neighbor_before(heap[(at - 1) / 2], moving)) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moving;
}

static void sift_down(pb_neighbor *heap, int64_t count, int64_t at)
{
    const pb_neighbor moving = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && pb_neighbor_before(heap[child], heap[child + 1]))
            child++;
        if (!pb_neighbor_before(moving, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

void pb_topk_push(pb_topk *top, pb_neighbor neighbor)
{
    if (top->count < top->k) {
        top->items[top->count] = neighbor;
        sift_up(top->items, top->count++);
    } else if (pb_neighbor_before(neighbor, top->items[0])) {
        top->items[0] = neighbor;
        sift_down(top->items, top->count, 0);
    }
}

bool pb_topk_contains(const pb_topk *top, int64_t index)
{
    for (int64_t i = 0; i < top->count; i++)
        if (top->items[i].index == index)
            return true;
    return false;
}

void pb_topk_sort(pb_topk *top)
{
    for (int64_t last = top->count - 1; last > 0; last--) {
        const pb_neighbor worst = top->items[0];
        top->items[0] = top->items[last];
        top->items[last] = worst;
        sift_down(top->items, last, 0);
    }
}
