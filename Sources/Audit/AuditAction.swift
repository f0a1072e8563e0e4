/// Our words for what people do. They stand in the log for good: a word is never given another meaning.
public enum AuditAction: String, Sendable, CaseIterable {
  case catalogApplied = "catalog_applied"
  case companySet = "company_set"
  case usageVoided = "usage_voided"
  case totalRepaired = "total_repaired"
  case billingRun = "billing_run"
  case personErased = "person_erased"
  case deadLettersRequeued = "dead_letters_requeued"
  case deadLettersDiscarded = "dead_letters_discarded"
  case deadLetterRevealed = "dead_letter_revealed"
  case stripeSetUp = "stripe_set_up"
  case companySubscribed = "company_subscribed"
  case outboxEntryRetried = "outbox_entry_retried"
  case outboxEntryDiscarded = "outbox_entry_discarded"
  case outboxPaused = "outbox_paused"
  case outboxResumed = "outbox_resumed"
}
