#include "json_reader.h"

#include "json_reader_state.h"
#include "json_scalar.h"

// simdjson's first stage (vectorised, chosen for the processor at run time) checks UTF-8, control characters in strings
// and that strings end, and lists where tokens begin. Its On-Demand stage is not used: it passes over what the caller
// does not ask for without checking it, which a billing message must not rely on. The second stage here checks every
// token.

namespace {

constexpr uint32_t padding = 64;
constexpr uint32_t first_capacity = 4096;
constexpr uint32_t largest_document = 1u << 30;

}  // namespace

json_error json_reader::prepare(const uint8_t *source, size_t size) noexcept {
  count = 0;
  keys_used = 0;
  length = 0;
  duplicate = JSON_NONE;
  if (size > largest_document) return JSON_TOO_LARGE;
  uint32_t wanted = std::max(uint32_t(size) + padding, first_capacity);
  if (!json_grow(text, text_capacity, wanted)) return JSON_NO_MEMORY;
  if (!index) {
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(text_capacity, 1, index)) {
      return JSON_NO_MEMORY;
    }
  } else if (index->capacity() < size && index->set_capacity(text_capacity)) {
    return JSON_NO_MEMORY;
  }
  length = uint32_t(size);
  if (size > 0) std::memcpy(text.get(), source, size);
  std::memset(text.get() + size, ' ', padding);
  has_escapes = std::memchr(text.get(), '\\', size) != nullptr;
  // Unescaped text is never longer than its source: names never move while a document is read.
  if (has_escapes && !(json_grow(keys, keys_capacity, wanted) && json_grow(string, string_capacity, wanted))) {
    return JSON_NO_MEMORY;
  }
  switch (index->stage1(text.get(), size, simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS: return JSON_OK;
    case simdjson::UTF8_ERROR: return JSON_NOT_UTF8;
    case simdjson::MEMALLOC: return JSON_NO_MEMORY;
    default: break;
  }
  // Of two faults the first stage names the other one: to a sender whose text is UTF-16, say, the encoding matters.
  return simdjson::validate_utf8(reinterpret_cast<const char *>(text.get()), size) ? JSON_MALFORMED : JSON_NOT_UTF8;
}

extern "C" {

json_reader *json_reader_create(uint32_t maximum_depth) {
  std::unique_ptr<json_reader> reader(new (std::nothrow) json_reader);
  if (!reader) return nullptr;
  uint32_t none = 0;
  if (!json_grow(reader->levels, none, std::max(maximum_depth, 1u))) return nullptr;
  reader->maximum_depth = maximum_depth;
  return reader.release();
}

void json_reader_destroy(json_reader *reader) { delete reader; }

enum json_error json_reader_read(
    json_reader *reader, const uint8_t *text, size_t length, bool all, uint32_t *offset) {
  *offset = 0;
  json_error error = reader->prepare(text, length);
  if (error == JSON_OK) error = reader->walk(all, offset);
  if (error != JSON_OK) {
    reader->count = 0;
    return error;
  }
  if (reader->duplicate == JSON_NONE) return JSON_OK;
  *offset = reader->nodes[reader->duplicate].start;
  return JSON_DUPLICATE_KEY;
}

const uint8_t *json_reader_text(const json_reader *reader, uint32_t *length) {
  *length = reader->length;
  return reader->text.get();
}

uint32_t json_reader_count(const json_reader *reader) { return reader->count; }

const json_node *json_reader_node(const json_reader *reader, uint32_t index) {
  return index < reader->count ? &reader->nodes[index] : nullptr;
}

uint32_t json_reader_find(const json_reader *reader, uint32_t parent, const uint8_t *name, size_t length) {
  if (parent >= reader->count || reader->nodes[parent].kind != JSON_OBJECT) return JSON_NONE;
  uint64_t wanted = json_prefix(name, length);
  for (uint32_t child = reader->nodes[parent].first_child; child != JSON_NONE; child = reader->nodes[child].next) {
    const json_node &node = reader->nodes[child];
    if (node.key_prefix == wanted && node.key_length == length &&
        (length <= 8 || std::memcmp(node.key, name, length) == 0)) {
      return child;
    }
  }
  return JSON_NONE;
}

uint32_t json_reader_duplicate(const json_reader *reader) { return reader->duplicate; }

const uint8_t *json_reader_string(json_reader *reader, uint32_t index, uint32_t *length) {
  *length = 0;
  if (index >= reader->count || reader->nodes[index].kind != JSON_STRING) return nullptr;
  const json_node &node = reader->nodes[index];
  const uint8_t *source = reader->text.get() + node.start;
  *length = node.length;
  if (!node.is_escaped) return source;
  bool is_ill_formed = false;
  *length = unescape_json(source, node.length, reader->string.get(), &is_ill_formed);
  return is_ill_formed ? nullptr : reader->string.get();
}

}  // extern "C"
