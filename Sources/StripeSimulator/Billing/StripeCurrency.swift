/// The currencies that Stripe takes, by their lower-case codes.
enum StripeCurrency {
  static func isKnown(_ code: String) -> Bool { decimals[code] != nil }

  /// How many decimals the minor unit, in which amounts are given, stands for.
  static func decimals(of code: String) -> Int { decimals[code] ?? 2 }

  private static let decimals: [String: Int] = {
    var decimals: [String: Int] = [:]
    for (codes, count) in [(withoutMinorUnit, 0), (withTwoDecimals, 2), (withThreeDecimals, 3)] {
      for code in codes.split(separator: " ") { decimals[String(code)] = count }
    }
    return decimals
  }()

  private static let withoutMinorUnit = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"

  private static let withThreeDecimals = "bhd jod kwd omr tnd"

  private static let withTwoDecimals = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc \
    cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd \
    kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php \
    pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu \
    uzs wst xcd xcg yer zar zmw
    """
}
