#include "json_reader_state.h"

namespace {

constexpr uint32_t sort_from = 16;

}  // namespace

bool json_reader::equal_keys(const json_node &left, const json_node &right) const noexcept {
  return left.key_length == right.key_length && left.key_prefix == right.key_prefix &&
         (left.key_length <= 8 || std::memcmp(left.key, right.key, left.key_length) == 0);
}

// Small objects are compared pair by pair, large ones sorted: thousands of names must not cost their square.
bool json_reader::find_duplicate(uint32_t parent) noexcept {
  if (duplicate != JSON_NONE) return true;
  uint32_t members = 0;
  for (uint32_t child = nodes[parent].first_child; child != JSON_NONE; child = nodes[child].next) {
    if (members < sort_from) {
      for (uint32_t other = nodes[parent].first_child; other != child; other = nodes[other].next) {
        if (equal_keys(nodes[other], nodes[child])) return duplicate = child, true;
      }
    }
    members++;
  }
  if (members <= sort_from) return true;
  if (!json_grow(sorted, sorted_capacity, members)) return false;
  uint32_t filled = 0;
  for (uint32_t child = nodes[parent].first_child; child != JSON_NONE; child = nodes[child].next) {
    sorted[filled++] = child;
  }
  const json_node *all = nodes.get();
  std::sort(sorted.get(), sorted.get() + filled, [all](uint32_t left, uint32_t right) {
    const json_node &a = all[left], &b = all[right];
    if (a.key_length != b.key_length) return a.key_length < b.key_length;
    int order = std::memcmp(a.key, b.key, a.key_length);
    return order != 0 ? order < 0 : left < right;
  });
  for (uint32_t place = 1; place < filled; place++) {
    if (equal_keys(all[sorted[place - 1]], all[sorted[place]])) return duplicate = sorted[place], true;
  }
  return true;
}
