"""Reading the official FHIR distribution of the nomenclatures: files, resources, differences, then the writing."""
