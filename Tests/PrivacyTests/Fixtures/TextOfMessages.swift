// Type-checked by OutboundTypesTests, never run: what ends in "refused" must not compile, everything else must.
import Audit
import Billing
import Messages
import Operations
import Outbox
import Stripe
import Workers

func log(_ log: Log, text: String, part: Substring, id: UsageID, person: Pseudonym, company: CompanyID) {
  log.info("batch written by \(company), \(12) records")
  log.info("batch written", ["company": company, "records": 12])
  log.info("of \(text)")  // refused
  log.info("of \(part)")  // refused
  log.info("of \(id)")  // refused
  log.info("of \(person)")  // refused
  log.info("of \([text])")  // refused
  log.info("of \(text as Any)")  // refused
  log.info("batch written", ["reason": text])  // refused
  log.info("batch written", ["usage": id])  // refused
  log.info(LogMessage(stringLiteral: text))  // refused
}

func stripe(text: String, part: Substring, id: UsageID, person: Pseudonym, metric: MetricName) {
  _ = StripeText("usage of \(metric), \(12)")
  _ = StripeText("usage of \(text)")  // refused
  _ = StripeText("usage of \(part)")  // refused
  _ = StripeText("usage of \(id)")  // refused
  _ = StripeText("usage of \(person)")  // refused
  _ = StripeText("usage of \(Optional(text))")  // refused
  _ = StripeText(text)  // refused
  _ = StripeText(stringLiteral: text)  // refused
  _ = Problem(text)  // refused
}

func audit(text: String, part: Substring, id: UsageID, person: Pseudonym, company: CompanyID, metric: MetricName) {
  _ = AuditAct(.companySet, company: company) { $0.set("metric", metric) }
  _ = AuditAct(.companySet, company: company) { $0.set("word", "of ours") }
  _ = AuditAct(.companySet, company: company) { $0.set("name", text) }  // refused
  _ = AuditAct(.companySet, company: company) { $0.set("name", part) }  // refused
  _ = AuditAct(.companySet, company: company) { $0.set("usage", id) }  // refused
  _ = AuditAct(.companySet, company: company) { $0.set("who", person) }  // refused
  _ = AuditAct(.companySet, company: company) { $0.set("names", list: [text]) }  // refused
  _ = AuditAct(.companySet, company: company) { $0.set("name", "of \(text)") }  // refused
  _ = AuditAct(.companySet, company: text)  // refused
  _ = AuditAct(text)  // refused
}

func metrics(text: String, id: UsageID, company: CompanyID) {
  _ = MetricLabel("lane", 1)
  _ = MetricLabel("queue", "usage")
  _ = MetricLabel("reason", text)  // refused
  _ = MetricLabel(text, 1)  // refused
  _ = MetricLabel("usage", id)  // refused
  _ = MetricLabel("company", company)  // refused
}

func deadLetters(text: String, field: StaticString) {
  _ = BadMessage(.outOfRange, field: field, rule: "must be a number")
  _ = BadMessage(.outOfRange, field: text, rule: "must be a number")  // refused
  _ = BadMessage(.outOfRange, field: field, rule: text)  // refused
  _ = BadMessage(.outOfRange, field: field, rule: "must not be \(text)")  // refused
}
