/// Usage of one subscription item under one price and within one billing period: what one group of lines is made of.
struct MeteredSpan: Sendable {
  /// The id of its first line; further lines add a number.
  let line: String
  let subscription: String
  let item: String
  let metadata: Metadata
  let price: Price
  let span: TimeSpan
  /// Whether the item has another price by now, or is gone: then a span without usage needs no line.
  let isFormer: Bool
}
