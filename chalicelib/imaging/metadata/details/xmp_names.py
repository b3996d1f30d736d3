"""The XMP properties whose values are shown, by topic, and the usual prefix of each namespace."""

from chalicelib.imaging.metadata.details.values import Topic

#: The usual prefix of a namespace, whose address is written without its last slash or hash.
PREFIXES = {
    "adobe:ns:meta": "x",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://ns.adobe.com/xap/1.0": "xmp",
    "http://ns.adobe.com/xap/1.0/rights": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm": "xmpMM",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef": "stRef",
    "http://ns.adobe.com/xap/1.0/g/img": "xmpGImg",
    "http://ns.adobe.com/exif/1.0": "exif",
    "http://ns.adobe.com/exif/1.0/aux": "aux",
    "http://cipa.jp/exif/1.0": "exifEX",
    "http://cipa.jp/exif/1.0/exifEX": "exifEX",
    "http://ns.adobe.com/tiff/1.0": "tiff",
    "http://ns.adobe.com/photoshop/1.0": "photoshop",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0": "plus",
    "http://www.metadataworkinggroup.com/schemas/regions": "mwg-rs",
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.2/t/Region": "MPReg",
    "http://ns.adobe.com/lightroom/1.0": "lr",
    "http://www.dji.com/drone-dji/1.0": "drone-dji",
}
_NAMES: dict[Topic, str] = {
    Topic.TIMES: "xmp:CreateDate xmp:ModifyDate xmp:MetadataDate photoshop:DateCreated exif:DateTimeOriginal "
    "exif:DateTimeDigitized exif:GPSTimeStamp tiff:DateTime stEvt:when stRef:lastModifyDate dc:date "
    "Iptc4xmpExt:AODateCreated",
    Topic.CAMERA: "tiff:Make tiff:Model",
    Topic.LENS: "aux:Lens aux:LensInfo aux:LensID exif:Lens exif:LensModel exif:LensMake exifEX:LensModel "
    "exifEX:LensMake exifEX:LensSpecification",
    Topic.SERIALS: "aux:SerialNumber aux:LensSerialNumber aux:ImageNumber exif:ImageUniqueID exifEX:BodySerialNumber "
    "exifEX:LensSerialNumber xmpMM:DocumentID xmpMM:InstanceID xmpMM:OriginalDocumentID stRef:documentID "
    "stRef:instanceID stRef:originalDocumentID stEvt:instanceID MicrosoftPhoto:CameraSerialNumber "
    "drone-dji:CameraSerialNumber drone-dji:DroneSerialNumber Iptc4xmpExt:DigImageGUID",
    Topic.NAMES: "dc:creator dc:contributor dc:publisher dc:rights aux:OwnerName exifEX:CameraOwnerName "
    "xmpRights:Owner xmpRights:UsageTerms xmpRights:WebStatement photoshop:AuthorsPosition "
    "photoshop:CaptionWriter photoshop:Credit photoshop:Source tiff:Artist tiff:Copyright "
    "Iptc4xmpExt:PersonInImage Iptc4xmpExt:OrganisationInImageName Iptc4xmpExt:PersonName "
    "Iptc4xmpCore:CiEmailWork Iptc4xmpCore:CiTelWork Iptc4xmpCore:CiUrlWork Iptc4xmpCore:CiAdrExtadr "
    "Iptc4xmpCore:CiAdrCity Iptc4xmpCore:CiAdrRegion Iptc4xmpCore:CiAdrPcode Iptc4xmpCore:CiAdrCtry "
    "mwg-rs:Name MPReg:PersonDisplayName MPReg:PersonEmailDigest plus:CopyrightOwnerName "
    "plus:ImageCreatorName plus:LicensorName plus:LicensorEmail plus:ImageSupplierName",
    Topic.PLACES: "photoshop:City photoshop:State photoshop:Country Iptc4xmpCore:Location Iptc4xmpCore:CountryCode "
    "Iptc4xmpExt:City Iptc4xmpExt:CountryCode Iptc4xmpExt:CountryName Iptc4xmpExt:ProvinceState "
    "Iptc4xmpExt:Sublocation Iptc4xmpExt:WorldRegion Iptc4xmpExt:LocationName exif:GPSAreaInformation",
    Topic.SOFTWARE: "xmp:CreatorTool tiff:Software stEvt:softwareAgent x:xmptk x:xaptk exif:Firmware aux:Firmware",
    Topic.CAPTIONS: "dc:title dc:description dc:subject xmp:Label xmp:Nickname xmp:Description photoshop:Headline "
    "photoshop:Instructions photoshop:TransmissionReference photoshop:Category photoshop:SupplementalCategories "
    "exif:UserComment tiff:ImageDescription lr:hierarchicalSubject Iptc4xmpExt:Event Iptc4xmpCore:Scene "
    "Iptc4xmpCore:AltTextAccessibility Iptc4xmpCore:ExtDescrAccessibility MicrosoftPhoto:LastKeywordXMP "
    "photoshop:History",
}
#: By the name of a property: its topic.
TOPICS = {name: topic for topic, names in _NAMES.items() for name in names.split()}
