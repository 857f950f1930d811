"""Which pages of a blog are surely no posts: tag, author and date archives, forms, shop, files?

Data for shape.py: names of folders and pages in the languages of the world's usual blog software.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

#: Files that are no pages.
_FILES = frozenset(
    "jpg jpeg png gif webp avif svg ico bmp tif tiff pdf doc docx xls xlsx ppt pptx odt csv txt zip gz tgz rar 7z "
    "css js mjs map json xml rss atom rdf mp3 mp4 m4a m4v ogg oga ogv wav webm mov avi flac woff woff2 ttf eot "
    "exe dmg apk ics vcf epub mobi swf md5 webmanifest".split()
)
#: Folders whose pages list or serve posts and are none: wherever they stand in the path.
_ARCHIVES = frozenset(
    """
    tag tags tagged category categories cat kategorie kategorien categorie categoria categorias kategori kategoria
    schlagwort schlagworte stichwort thema themen theme themes topic topics sujet sujets tema temas etiqueta etiquetas
    etiquette etiquettes label labels rubrik rubrique section sections series serie
    author authors autor autoren autores auteur auteurs autore contributor contributors by-author people team-member
    archive archives archiv archivo archivos archivio arquivo arsip page pages-list seite pagina
    search suche recherche buscar busca cerca zoeken szukaj arama
    feed feeds rss atom amp comments comment trackback pingback embed oembed print attachment
    wp-admin wp-content wp-includes wp-json wp-login.php xmlrpc.php cdn-cgi _next static assets media images img
    uploads files cgi-bin ghost api graphql hs hubfs hs-fs sites-default node_modules
    """.split()
)
#: Parts of a site beside its blog: where they stand first.
_SECTIONS = frozenset(
    """
    about about-us company unternehmen ueber-uns uber-uns entreprise empresa azienda firma
    product products produkt produkte produit produits producto productos prodotti produtos
    solution solutions loesungen losungen soluciones soluzioni platform features feature funktionen services service
    leistungen servicios servizi dienstleistungen industries industry branchen use-cases customers kunden clients
    clientes case-studies case-study partners partner partenaires integrations marketplace apps
    pricing preise tarifs precios prezzi plans
    careers career karriere jobs job stellenangebote carrieres empleo lavora-con-noi vacancies join-us
    docs doc documentation dokumentation documentacion help hilfe aide ayuda support faq faqs kb knowledge-base
    developers developer reference changelog status community forum forums
    legal privacy terms rechtliches shop store cart warenkorb panier carrito checkout account accounts konto compte
    cuenta login signin sign-in logout register signup sign-up user users member members mitglieder my-account profile profiles
    contact contact-us kontakt contacto contatti contato investors investor-relations
    download downloads landing lp go ebook ebooks whitepaper whitepapers webinar webinars events event
    """.split()
)
#: Single pages: as the last part of a path of one or two parts.
_PAGES = frozenset(
    """
    about about-us about-me ueber-uns uber-uns ueber-mich a-propos qui-sommes-nous acerca-de quienes-somos
    sobre-nosotros sobre chi-siamo over-ons om-oss o-nas sobre-nos
    contact contact-us contactus kontakt kontaktformular nous-contacter contacto contactanos contatti contato
    get-in-touch request-demo request-a-demo book-a-demo book-demo schedule-demo demo free-trial trial get-started
    getting-started talk-to-sales contact-sales get-a-quote request-a-quote
    privacy privacy-policy privacy-notice privacy-statement datenschutz datenschutzerklaerung datenschutzhinweise
    politique-de-confidentialite confidentialite mentions-legales politica-de-privacidad privacidad aviso-legal
    informativa-privacy privacy-e-cookie cookie cookies cookie-policy cookie-richtlinie cookie-notice
    politique-de-cookies politica-de-cookies gdpr ccpa dsgvo do-not-sell do-not-sell-my-personal-information
    terms terms-of-service terms-of-use terms-and-conditions terms-conditions tos agb nutzungsbedingungen
    conditions-generales cgv cgu terminos terminos-y-condiciones condiciones impressum imprint legal legal-notice
    legal-information disclaimer haftungsausschluss accessibility accessibility-statement barrierefreiheit
    code-of-conduct security trust trust-center sitemap site-map sitemap.html seitenuebersicht plan-du-site mapa-del-sitio
    newsletter subscribe subscription abonnieren abonnement suscribirse unsubscribe thank-you thanks danke merci gracias
    login log-in signin sign-in signup sign-up register logout password-reset forgot-password lost-password
    team our-team the-team meet-the-team our-story our-mission our-values our-company leadership management board
    press press-kit presskit media-kit mediakit pressroom newsroom press-room presse-kit brand brand-assets logos
    advertise advertising advertise-with-us mediadaten write-for-us guest-post contribute donate spenden don sponsors
    careers jobs karriere open-positions faq faqs help support pricing price-list preise
    home index default start startseite accueil inicio blog blogs news all all-posts posts articles latest
    alle alle-beitraege tous-les-articles todos archive archives archiv categories tags topics authors
    search suche 404 not-found error offline maintenance coming-soon under-construction
    case-studies customer-stories success-stories customers partners resources resource-center resource-library
    events webinars downloads shop store cart checkout my-account sample-page hello-world-2 style-guide
    """.split()
)
_PAGING_NAMES = frozenset(
    "page paged seite pg pagina start offset s q query search suche cat category category_name tag tags author "
    "m year month monthnum feed format output sort order orderby filter filters replytocom add-to-cart "
    "preview cpage comment-page redirect_to action blogpage listpage".split()
)
_PAGED = re.compile(r"(?i)(?:page|seite|pagina)[-_]?\d{1,4}(?:\.html?)?|comment-page-\d+")
_NUMBERS = re.compile(r"\d{1,4}(?:\.html?)?")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{2,11})$")


def is_paging(name: str, value: str) -> bool:
    """A parameter of a listing, search or other form rather than of a post."""
    return name in _PAGING_NAMES and bool(value)


def is_other_page(parts: Sequence[str], taken: Collection[str], below: Sequence[str]) -> bool:
    """Whether these path parts (escapes decoded) surely name no post.

    `taken` are folders in which posts are known to live, `below` the blog's own folder: they count
    as its folders whatever they are called (a blog may live under /topics/ or /resources/).
    """
    low = [part.lower() for part in parts]
    if list(low[: len(below)]) == list(below):
        low = low[len(below) :]
    if not low:
        return True
    last = low[-1]
    extension = _EXTENSION.search(last)
    if extension and extension.group(1) in _FILES:
        return True
    bare = re.sub(r"\.(?:html?|php\d?|aspx?|jsp)$", "", last)
    folders = low[:-1]
    if any(part in _ARCHIVES and part not in taken for part in folders):
        return True
    if last in _ARCHIVES or bare in _ARCHIVES:
        return True
    if _PAGED.fullmatch(last):
        return True
    if all(_NUMBERS.fullmatch(part) for part in low):
        # /2024/05/ is an archive, but /archives/123456 or /12345 may be a post: four digits at most
        return True
    if _NUMBERS.fullmatch(last) and re.fullmatch(r"(?:19|20)\d\d", folders[-1] if folders else ""):
        return True
    at_root = not below
    start = next((part for part in folders if len(part) > 3), "")
    if at_root and start in _SECTIONS and start not in taken:
        return True
    return bare in _PAGES and len(low) <= 2
