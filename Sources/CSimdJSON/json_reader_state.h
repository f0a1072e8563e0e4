#ifndef JSON_READER_STATE_H
#define JSON_READER_STATE_H

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <simdjson.h>

#include "json_reader.h"

// An object or array that has begun and not ended.
struct json_level {
  // JSON_NONE where it lies too deep to be listed.
  uint32_t node;
  uint32_t last_child;
  bool is_array;
};

struct json_free {
  void operator()(void *memory) const noexcept { std::free(memory); }
};

template <typename T>
using json_buffer = std::unique_ptr<T[], json_free>;

// Makes room for `count` elements; what was there is kept.
template <typename T>
bool json_grow(json_buffer<T> &memory, uint32_t &capacity, uint32_t count) noexcept {
  if (count <= capacity) return true;
  uint32_t larger = std::max(count, capacity * 2);
  void *moved = std::realloc(memory.get(), size_t(larger) * sizeof(T));
  if (moved == nullptr) return false;
  (void)memory.release();
  memory.reset(static_cast<T *>(moved));
  capacity = larger;
  return true;
}

// The first 8 bytes, zeros after the text's end.
inline uint64_t json_prefix(const uint8_t *text, size_t length) noexcept {
  uint64_t value = 0;
  std::memcpy(&value, text, length < 8 ? length : 8);
  return value;
}

// What lies behind the C face. Its parts: json_reader.cpp (the face, the first stage), json_walk.cpp (the second stage),
// json_names.cpp (names that occur twice).
struct json_reader {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> index;
  json_buffer<uint8_t> text;
  uint32_t text_capacity = 0;
  uint32_t length = 0;
  // Unescaped names, one after another.
  json_buffer<uint8_t> keys;
  uint32_t keys_capacity = 0;
  uint32_t keys_used = 0;
  // The string unescaped last.
  json_buffer<uint8_t> string;
  uint32_t string_capacity = 0;
  json_buffer<json_node> nodes;
  uint32_t nodes_capacity = 0;
  uint32_t count = 0;
  json_buffer<uint32_t> sorted;
  uint32_t sorted_capacity = 0;
  json_buffer<json_level> levels;
  uint32_t maximum_depth = 0;
  uint32_t duplicate = JSON_NONE;
  bool has_escapes = false;

  json_error prepare(const uint8_t *source, size_t size) noexcept;
  json_error walk(bool all, uint32_t *offset) noexcept;
  bool read_scalar(uint32_t token, json_node &node) noexcept;
  bool read_key(uint32_t token, json_node &node) noexcept;
  bool read_string(uint32_t token, uint32_t &start, uint32_t &end, bool &is_escaped) noexcept;
  bool find_duplicate(uint32_t parent) noexcept;
  bool equal_keys(const json_node &left, const json_node &right) const noexcept;
};

#endif
