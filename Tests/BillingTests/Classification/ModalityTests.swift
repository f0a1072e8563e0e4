import Testing

@testable import Billing

@Suite("Modality")
struct ModalityTests {
  @Test(
    "CT, MR, PET and nuclear medicine are advanced under every name in use",
    arguments: [
      "CT", "ct", "CT Chest", "CT-guided biopsy", "CT_ABDOMEN", "(CT)", "CTA head", "Cardiac CTA", "CAT scan", "CBCT",
      "computed tomography", "Computerized Axial Tomography", "COMPUTED  TOMOGRAPHY of the chest", "C.T.", "LDCT",
      "HRCT",
      "MR", "MRI", "MRI brain w/o", "Mri Brain W/O & W/", "MRA neck", "MRCP", "fMRI", "3T MRI",
      "magnetic resonance imaging",
      "Magnetic Resonance", "M.R.I.", "breast MRI", "MR mammography", "MR arthrogram",
      "PET", "PT", "PET/CT", "PET-CT", "PETCT", "PT/CT", "PT whole body", "PET MRI", "positron emission tomography",
      "NM", "Nuc Med", "nuclear medicine", "NUCLEAR", "SPECT", "SPECT/CT", "ST", "MA", "MS", "MRS",
      "lymphoscintigraphy",
      "MUGA scan",
      "nm bone scan", "CT\u{2028}Chest", "CT\u{A0}Chest", "PET–CT", "«CT»", "·CT", "CT bone density",
      "ultrasound or CT", "US, then MRI", "CT/US",
    ])
  func advanced(text: String) {
    #expect(Modality.imaging(text) == .advanced)
  }

  @Test(
    "X-ray, ultrasound, mammography, fluoroscopy and bone density are standard",
    arguments: [
      "X-RAY", "X-ray", "x ray", "xray", "X  Ray", "X-rays", "XR", "CR", "DX", "DR", "RF", "XA", "RG", "IO", "PX", "DS",
      "DF", "DD", "BDUS",
      "Digital radiography", "computed radiography", "CXR", "XR chest 2 views", "plain film", "Röntgen", "RÖNTGEN",
      "Ro\u{308}ntgen", "roentgen", "US", "U/S US", "Ultrasound", "ULTRASOUND abdomen", "sonogram", "Doppler", "Echo",
      "ES",
      "MG", "MAMMO", "mammography", "screening mammogram", "tomosynthesis", "Ductogram", "fluoroscopy", "Fluoro",
      "BMD", "DXA", "DEXA", "bone density", "Bone-Densitometry", "XR pt standing", "XR ST joint", "XR C-T-L spine",
      "Mrs Smith: XR", "dual-energy X-ray absorptiometry",
    ])
  func standard(text: String) {
    #expect(Modality.imaging(text) == .standard)
  }

  @Test(
    "names are whole words: no part of another word is one, and what nobody knows tells nothing",
    arguments: [
      "", " ", "-", "OT", "Other", "consult", "duct", "Ductal", "intact", "CTX", "XCT", "ct1", "doctor", "petal",
      "petrous",
      "carpet", "spectrum", "inspect", "nmol", "MRN", "ptosis", "status", "usual", "xrx", "x", "ray", "bone",
      "tomography",
      "computed", "éct", "ctö", "ＣＴ", "\u{0}", "中CT中", "🩻CT🩻", "\u{A0}", "–", "â", "density", "emission",
    ])
  func unknown(text: String) {
    #expect(Modality.imaging(text) == nil)
  }

  @Test("no name is longer than what is looked at, and none is both standard and advanced")
  func names() {
    let advanced = ModalityNames.advanced.union(ModalityNames.advancedUnlessOther)
    for name in advanced.union(ModalityNames.standard) {
      let words = name.split(separator: " ", omittingEmptySubsequences: false)
      #expect((1...2).contains(words.count))
      #expect(words.allSatisfy { (1...ModalityNames.longestWord).contains($0.utf8.count) })
      #expect(name == name.lowercased())
    }
    #expect(advanced.isDisjoint(with: ModalityNames.standard))
    #expect(ModalityNames.advanced.isDisjoint(with: ModalityNames.advancedUnlessOther))
  }

  @Test("a long text is read to its end, its longest words passed over")
  func long() {
    let noise = String(repeating: "x", count: 5000) + " " + String(repeating: "word ", count: 5000)
    #expect(Modality.imaging(noise + "CT") == .advanced)
    #expect(Modality.imaging(noise) == nil)
  }
}
