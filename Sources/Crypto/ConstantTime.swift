import CCrypto

/// Compares secrets in a time that does not depend on where they differ. Different lengths are unequal at once: a length
/// is no secret.
public func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  guard !left.isEmpty else { return true }
  return left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
  }
}

/// Compares secrets in a time that does not depend on where they differ.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  constantTimeEquals(left.span, right.span)
}
