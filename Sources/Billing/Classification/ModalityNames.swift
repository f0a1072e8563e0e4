/// The words, and pairs of words, by which modalities are known, in small letters.
///
/// Two-letter codes are those of DICOM (PS3.3, C.7.3.1.1.1), retired ones too where they are modalities of radiology.
enum ModalityNames {
  /// No word in a name has more bytes.
  static let longestWord = 32

  static let advanced: Set<String> = ct.union(mr).union(nuclear)

  static let standard: Set<String> = xray.union(ultrasound).union(others)

  /// Names of advanced imaging that are also words, or abbreviations, of something else: `XR pt standing` and `XR C-T-L
  /// spine` are X-rays. They count where nothing else is named. `pt` is DICOM's PET; `st` was its SPECT, `ma` and `ms` its
  /// MR angiography and spectroscopy.
  static let advancedUnlessOther: Set<String> = ["pt", "st", "ma", "ms", "mrs", "c t", "m r"]

  private static let ct: Set<String> = [
    "ct", "cat", "cta", "ctv", "ctp", "ccta", "ctca", "ctpa", "cbct", "ebct", "hrct", "ldct", "mdct", "msct", "dect",
    "qct", "pqct", "ncct", "cect", "ctscan", "catscan", "tac", "tdm", "computertomographie", "computertomography",
    "computed tomography", "computed tomographic", "computer tomography", "computerized tomography",
    "computerised tomography", "axial tomography", "cone beam",
  ]

  private static let mr: Set<String> = [
    "mr", "mri", "mris", "mra", "mrv", "mre", "mrcp", "fmri", "cmr", "cmri", "mpmri", "nmr", "mrt", "irm", "mriscan",
    "resonance", "magnetresonanztomographie", "kernspintomographie",
  ]

  private static let nuclear: Set<String> = [
    "pet", "petct", "ctpet", "petmr", "petmri", "positron", "emission tomography", "nm", "nuc", "nuclear", "nucmed",
    "spect", "spet", "spectct", "scintigraphy", "scintigram", "scintiscan", "scintimammography", "lymphoscintigraphy",
    "szintigraphie", "muga", "radionuclide", "isotope", "radioisotope", "gamma camera",
  ]

  private static let xray: Set<String> = [
    "cr", "dx", "dr", "xr", "xa", "rf", "rg", "cf", "df", "vf", "ds", "io", "px", "xray", "xrays", "x ray", "x rays",
    "cxr", "axr", "kub", "plain film", "plain films", "radiograph", "radiographs", "radiography", "radiographic",
    "radiogram", "röntgen", "roentgen", "rontgen", "fluoro", "fluoroscopy", "fluoroscopic", "videofluoroscopy",
    "angio", "angiogram", "angiography", "venogram", "venography", "arteriogram", "arthrogram", "arthrography",
    "myelogram", "myelography", "urography", "esophagram", "barium", "opg", "panorex", "panoramic", "cephalometric",
  ]

  private static let ultrasound: Set<String> = [
    "us", "usg", "ultrasound", "ultrasonic", "ultrasonography", "sono", "sonogram", "sonography", "sonographic",
    "sonographie", "doppler", "duplex", "ivus", "cd", "dd", "ec", "bdus", "echo", "echocardiogram",
    "echocardiography", "tte", "tee",
  ]

  /// Mammography, bone density, and DICOM's endoscopy, which is none of the four advanced kinds.
  private static let others: Set<String> = [
    "mg", "mammo", "mammogram", "mammograms", "mammography", "mammographie", "tomosynthesis", "dbt", "ductogram",
    "ductography", "galactogram", "galactography", "bmd", "dxa", "dexa", "bone density", "bone mineral",
    "densitometry", "densitometer", "absorptiometry", "es", "endoscopy",
  ]
}
