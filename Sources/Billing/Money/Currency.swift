/// A currency of ISO 4217 in circulation, by its lower-case code, as Stripe writes it.
///
/// Funds codes, metals and testing codes of the standard are no currencies to bill in, and are refused.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
  /// Three lower-case letters: `usd`.
  public let code: String
  /// How many decimals the minor unit has: 2 for cents, 0 for jpy, 3 for kwd (ISO 4217, table A.1).
  public let minorDigits: Int

  /// Takes the code in any case; `nil` when it is not a known currency.
  public init?(_ code: String) {
    let lowered = code.lowercased()
    guard let digits = Self.minorDigits[lowered] else { return nil }
    self.code = lowered
    minorDigits = digits
  }

  public var description: String { code }

  /// How many decimals a minor unit has at most; bounds the arithmetic of prices.
  public static let maximumMinorDigits = 3

  private static let minorDigits: [String: Int] = {
    var digits: [String: Int] = [:]
    for (codes, count) in [(withoutMinorUnit, 0), (withTwoDecimals, 2), (withThreeDecimals, 3)] {
      for code in codes.split(separator: " ") { digits[String(code)] = count }
    }
    return digits
  }()

  private static let withoutMinorUnit = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf"

  private static let withThreeDecimals = "bhd iqd jod kwd lyd omr tnd"

  private static let withTwoDecimals = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop \
    crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr \
    jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn \
    nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp \
    szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ves wst xcd xcg yer zar zmw zwg
    """
}
