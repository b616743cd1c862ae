"""Spreadsheets built by hand, good and bad: parts of archives, cells as each program writes them."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ror.imports.reading.book import letters

SHEET_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODS_NAMESPACES = " ".join(
    f'xmlns:{name}="{address}"'
    for name, address in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }.items()
)


def archive(parts: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def xlsx_parts(sheets: dict[str, str], states: dict[str, str] | None = None) -> dict[str, str]:
    """The parts of a workbook; a sheet is given by the XML of its <sheetData>."""
    states = states or {}
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" state="{states.get(name, "visible")}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    return {
        "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8"?><Types/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET_NAMESPACE}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{targets}</Relationships>',
        # Style 1 is a date, style 2 an hour.
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET_NAMESPACE}"><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>',
    } | {
        f"xl/worksheets/sheet{n}.xml": f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{SHEET_NAMESPACE}">'
        f"<sheetData>{data}</sheetData></worksheet>"
        for n, data in enumerate(sheets.values(), 1)
    }


def rows_xml(rows: list[list[str]], first: int = 1) -> str:
    """Rows of cells; a cell is a text, or its XML without reference (`<c t="e"><v>#N/A</v></c>`)."""
    return "".join(
        f'<row r="{number}">{"".join(_cell(cell, f"{letters(i)}{number}") for i, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, first)
    )


def xlsx(sheets: dict[str, list[list[str]]], states: dict[str, str] | None = None) -> bytes:
    return archive(xlsx_parts({name: rows_xml(rows) for name, rows in sheets.items()}, states))


def _cell(cell: str, place: str) -> str:
    if cell.startswith("<c"):
        return cell.replace("<c", f'<c r="{place}"', 1)
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' if cell else ""


def number(value: object, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def ods_parts(tables: dict[str, str]) -> dict[str, str]:
    """The parts of an OpenDocument workbook; a table is given by the XML of its rows."""
    body = "".join(f"<table:table table:name={quoteattr(name)}>{rows}</table:table>" for name, rows in tables.items())
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODS_NAMESPACES}><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        "META-INF/manifest.xml": "<manifest/>",
    }


def ods_rows(rows: list[list[str]]) -> str:
    """Rows of cells; a cell is a text, or its XML."""
    return "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)


def ods(tables: dict[str, list[list[str]]]) -> bytes:
    return archive(ods_parts({name: ods_rows(rows) for name, rows in tables.items()}))


def _ods_cell(cell: str) -> str:
    if cell.startswith("<table:"):
        return cell
    if not cell:
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def kept(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
