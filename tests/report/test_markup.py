"""Whatever text goes in comes out as text."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.report.markup import Markup, element, joined

# HTML cannot say NUL or surrogates, and reads every end of line as \n.
TEXT = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=("Cs",)))


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@settings(max_examples=100)
@given(TEXT, TEXT)
def test_any_text_stays_text_in_content_and_attributes(content, value):
    reader = Reader()
    reader.feed(element("p", content, title=value))
    reader.close()
    assert reader.tags == [("p", {"title": value})]
    assert reader.text == content


def test_markup_is_put_in_as_it_stands():
    assert element("p", element("b", "<x>"), " & ", Markup("<br>")) == "<p><b>&lt;x&gt;</b> &amp; <br></p>"


def test_what_is_none_is_left_out():
    assert element("p", None, "a", class_=None, id="i") == '<p id="i">a</p>'
    assert joined(None, "a", None) == "a"


def test_names_of_attributes_may_have_dashes_and_be_reserved_words():
    assert element("a", class_="c", aria_label="l", viewBox="0") == '<a class="c" aria-label="l" viewBox="0"></a>'


def test_numbers_in_attributes_are_short():
    assert element("i", x=2, y=0.1 + 0.2, z=-1.0, w=1200) == '<i x="2" y="0.3" z="-1" w="1200"></i>'


def test_void_elements_have_no_end():
    assert element("img", src="a") == '<img src="a">'
