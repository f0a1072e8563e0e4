/// Somebody who does not exist, whose data is planted in messages. No word of it stands anywhere else.
struct PlantedPerson {
  let given: String
  let family: String
  /// The name in another script.
  let native: String
  let birth: (year: Int, month: Int, day: Int)
  /// 0 to 99, in every number of the person's.
  private let number: Int

  static let all: [PlantedPerson] = zip(
    0...,
    [
      ("Zebulith", "Quorvexel", "Зебулиф Кворвексель"), ("Qarmixa", "Vontrelk", "Кармикса Вонтрельк"),
      ("Ixobert", "Drumblewick", "欧阳奎尔鑫"), ("Wumfrida", "Kazzlebeck", "伍芙莉达贝克"),
      ("Pyxandor", "Thrubshaw", "Πυξάνδωρ Θρούμπσω"), ("Jocquella", "Ogmundrix", "جوكويلا اوغموندريكس"),
      ("Hrolvexa", "Bingleforth", "흐롤벡사빙글"), ("Mizzenor", "Yaxleywood", "मिज़ेनोर याक्सले"),
      ("Ulquiorra", "Fribbleton", "ウルキオラ フリブル"), ("Vexilla", "Crumhornsby", "וקסילה קרומהורן"),
      ("Tzimtzara", "Wobbegongsen", "Ծիմծառա Վոբբեգոնգ"), ("Öxnevad", "Søndergrønquist", "Ёкснэвад Сёндергрён"),
    ]
  ).map { number, name in
    PlantedPerson(
      given: name.0, family: name.1, native: name.2, birth: (1931 + 4 * number, 1 + number, 13 + number), number: number
    )
  }

  var fullName: String { "\(given) \(family)" }
  var birthDate: String { "\(birth.year)-\(Self.padded(birth.month))-\(birth.day)" }
  var recordNumber: String { "MRN-481516\(Self.padded(number))" }
  var socialSecurityNumber: String { "219-\(Self.padded(number))-7\(Self.padded(number))3" }
  var telephone: String { "+1 (737) 555-01\(Self.padded(number))" }
  /// With ASCII alone, as addresses have it.
  var mail: String { "planted.person\(Self.padded(number))@postbox-of-theirs.example" }
  var address: String { "\(6100 + number) Marmalade Crescent, Apt \(number)B, Gloomsbury" }

  /// What is planted in fields that take any text.
  var texts: [String] {
    [fullName, birthDate, recordNumber, socialSecurityNumber, telephone, mail, address, native]
  }

  /// Of the form that ids of companies and charges have.
  var identifiers: [String] {
    [
      socialSecurityNumber, birthDate, "737-555-01\(Self.padded(number))", recordNumber,
      "planted.person\(Self.padded(number))",
    ]
  }

  /// What is searched for: all of it, its parts, and other ways to write it.
  var tokens: [String] {
    let (month, day) = (Self.padded(birth.month), "\(birth.day)")
    let digits = telephone.filter(\.isNumber).dropFirst()
    return texts + identifiers
      + [
        given, family, "\(month)/\(day)/\(birth.year)", "\(day).\(month).\(birth.year)", "\(birth.year)\(month)\(day)",
        socialSecurityNumber.filter(\.isNumber), String(digits), "737-555-01\(Self.padded(number))", "planted.person",
        "postbox-of-theirs", "marmalade crescent", "gloomsbury", "481516\(Self.padded(number))",
      ] + native.split(separator: " ").map(String.init)
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
