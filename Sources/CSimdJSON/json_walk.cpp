#include "json_reader_state.h"
#include "json_scalar.h"

// The second stage: the grammar of objects and arrays over simdjson's list of tokens.

// A string ends at the last quote before the next token: the index has seen to it that there is no other unescaped one.
bool json_reader::read_string(uint32_t token, uint32_t &start, uint32_t &end, bool &is_escaped) noexcept {
  const uint32_t *tokens = index->structural_indexes.get();
  start = tokens[token] + 1;
  end = token + 1 < index->n_structural_indexes ? tokens[token + 1] : length;
  while (end > start && is_json_space(text[end - 1])) end--;
  if (end <= start || text[end - 1] != '"') return false;
  end--;
  is_escaped = false;
  if (!has_escapes) return true;
  const void *escape = std::memchr(text.get() + start, '\\', end - start);
  is_escaped = escape != nullptr;
  return !is_escaped || are_json_escapes(text.get() + start, end - start);
}

bool json_reader::read_key(uint32_t token, json_node &node) noexcept {
  uint32_t start, end;
  bool is_escaped;
  if (!read_string(token, start, end, is_escaped)) return false;
  node.key = text.get() + start;
  node.key_length = end - start;
  if (is_escaped) {
    uint8_t *target = keys.get() + keys_used;
    node.key_length = unescape_json(node.key, end - start, target, &node.key_is_ill_formed);
    node.key = target;
    keys_used += node.key_length;
  }
  node.key_prefix = json_prefix(node.key, node.key_length);
  return true;
}

bool json_reader::read_scalar(uint32_t token, json_node &node) noexcept {
  const uint32_t *tokens = index->structural_indexes.get();
  node.start = tokens[token];
  uint8_t first = text[node.start];
  if (first == '"') {
    uint32_t end;
    if (!read_string(token, node.start, end, node.is_escaped)) return false;
    node.kind = JSON_STRING;
    node.length = end - node.start;
    return true;
  }
  uint32_t end = token + 1 < index->n_structural_indexes ? tokens[token + 1] : length;
  while (end > node.start && is_json_space(text[end - 1])) end--;
  node.length = end - node.start;
  const uint8_t *value = text.get() + node.start;
  switch (first) {
    case 't': node.kind = JSON_TRUE; return node.length == 4 && std::memcmp(value, "true", 4) == 0;
    case 'f': node.kind = JSON_FALSE; return node.length == 5 && std::memcmp(value, "false", 5) == 0;
    case 'n': node.kind = JSON_NULL; return node.length == 4 && std::memcmp(value, "null", 4) == 0;
    default: node.kind = JSON_NUMBER; return is_json_number(value, node.length);
  }
}

json_error json_reader::walk(bool all, uint32_t *offset) noexcept {
  const uint32_t *tokens = index->structural_indexes.get();
  const uint32_t token_count = index->n_structural_indexes;
  uint32_t token = 0;
  uint32_t depth = 0;
  bool expects_name = false;
  bool may_close = false;

  while (true) {
    if (token >= token_count) return *offset = length, JSON_MALFORMED;
    *offset = tokens[token];
    json_level *top = depth > 0 ? &levels[depth - 1] : nullptr;

    if (!(may_close && text[tokens[token]] == (top->is_array ? ']' : '}'))) {
      // A value, in an object after its name.
      json_node node;
      std::memset(&node, 0, sizeof node);
      if (expects_name) {
        if (text[tokens[token]] != '"' || !read_key(token, node)) return JSON_MALFORMED;
        if (++token >= token_count || text[tokens[token]] != ':') return JSON_MALFORMED;
        if (++token >= token_count) return JSON_MALFORMED;
        *offset = tokens[token];
      }
      uint8_t first = text[tokens[token]];
      bool is_container = first == '{' || first == '[';
      if (is_container) {
        node.kind = first == '{' ? JSON_OBJECT : JSON_ARRAY;
        node.start = tokens[token];
      } else if (!read_scalar(token, node)) {
        return JSON_MALFORMED;
      }
      uint32_t place = JSON_NONE;
      if (top == nullptr || (top->node != JSON_NONE && (all || (depth <= 2 && !top->is_array)))) {
        place = count;
        if (!json_grow(nodes, nodes_capacity, count + 1)) return JSON_NO_MEMORY;
        node.parent = top == nullptr ? JSON_NONE : top->node;
        node.first_child = JSON_NONE;
        node.next = JSON_NONE;
        nodes[count++] = node;
        if (top != nullptr) {
          (top->last_child == JSON_NONE ? nodes[top->node].first_child : nodes[top->last_child].next) = place;
          top->last_child = place;
        }
      }
      token++;
      if (is_container) {
        if (depth >= maximum_depth) return JSON_TOO_DEEP;
        levels[depth++] = {place, JSON_NONE, first == '['};
        expects_name = first == '{';
        may_close = true;
        continue;
      }
    } else {
      if (top->node != JSON_NONE) {
        nodes[top->node].length = tokens[token] + 1 - nodes[top->node].start;
        if (!top->is_array && !find_duplicate(top->node)) return JSON_NO_MEMORY;
      }
      depth--;
      token++;
    }

    // A value has ended: a comma and another one, the container's end, or the document's.
    may_close = false;
    if (depth == 0) {
      if (token == token_count) return JSON_OK;
      return *offset = tokens[token], JSON_MALFORMED;
    }
    if (token >= token_count) return *offset = length, JSON_MALFORMED;
    expects_name = !levels[depth - 1].is_array;
    if (text[tokens[token]] == ',') {
      token++;
    } else if (text[tokens[token]] == (expects_name ? '}' : ']')) {
      may_close = true;
    } else {
      return *offset = tokens[token], JSON_MALFORMED;
    }
  }
}
