internal import CCurl

/// Checks URLs by the library's own reading of them, so that what is checked is what will be used.
enum RequestURL {
  /// Scheme, host and port: what an error may show.
  static func origin(of url: String) throws(HTTPError) -> String {
    guard let handle = curl_url() else { throw HTTPError(.unavailable("out of memory")) }
    defer { curl_url_cleanup(handle) }
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
      curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME, of: handle), let host = part(CURLUPART_HOST, of: handle)
    else { throw HTTPError(.invalidRequest("the URL cannot be read")) }
    guard scheme == "https" || scheme == "http" else {
      throw HTTPError(.invalidRequest("the URL begins with neither https:// nor http://"))
    }
    // They would be sent as a header, and shown by whoever shows URLs.
    guard part(CURLUPART_USER, of: handle) == nil, part(CURLUPART_PASSWORD, of: handle) == nil else {
      throw HTTPError(.invalidRequest("the URL has a user or password"))
    }
    let port = part(CURLUPART_PORT, of: handle).map { ":\($0)" } ?? ""
    return "\(scheme)://\(host)\(port)"
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
