import Billing
import Testing

func metricName(_ text: String) throws -> MetricName { try #require(MetricName(text)) }
func quantity(_ text: String) throws -> Quantity { try #require(Quantity(text)) }
func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
func company(_ text: String) throws -> CompanyID { try #require(CompanyID(text)) }
