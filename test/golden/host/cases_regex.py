import random

from golden import case, strings

TEXTS = [
    b'', b'a', b'aba', b'abcabc', b'a\xffb\xc3\xa9\xc3', b'a\xc3\xa9\xc3\xa9', b'\xff', b'\xc3', b'\xed\xa0\x80x', b'\xe0\x80\x80', b'\xf0\x80\x80\x80z', b'\xf4\x90\x80\x80',
    b'\xf4\x8f\xbf\xbf', b'\xc0\x80', 'Kſé É Straße'.encode(), b'one two\nthree\n', b'  x  ', b'2024-01-02', b'foo_bar-baz', '日本語 text'.encode(), '😀😀'.encode(), b'\x00a\x00', b'aaaa', b'a\nb', b'\xef\xbf\xbd\xff', b'\xe2\x82a',
]
PATTERNS = [
    '', 'a', '.', '.*', 'a*', 'a+?', '(a)(b)?', '[^a]', '[^a-z]', '[^\\x00-\\x{7f}]', '\\b', '\\B', '^', '$', '(?m)^', '(?m)$', '(?s).', '\\w+', '\\W', '\\s+', '\\d{2,4}', '(?i)k', '(?i)s', '(?i)é', '\\pL', '\\p{Greek}', '[[:alpha:]]+', '[[:punct:]]',
    '(a|ab)(c|bcd)*', '(a*)*', '(a*)+', '(|a)*', '(|a)+', '(a|b)*?c', 'x*', '(\\w+)[-_](\\w+)', '(?P<n>a)b', '\\Qa.b\\E', 'é', '[é-ü]', '[\\x{10000}-\\x{10ffff}]', '\\x{fffd}', '[\\x{80}-\\x{10ffff}]', '[\\x{7f}-\\x{10ffff}]', '[\\x{81}-\\x{10ffff}]', '\\z', '\\A', 'a{0}', 'a{2}', '(?U)a+', '(?i:A)b',
    '(', 'a{1001}', '*a', '[b-a]', '\\8', '(?<n>a)', 'a**', '(?=a)', '\\pX', 'a\\', '(?i)(?-i)A', '[a', '\\u00e9', '\\x{110000}',
    '[!"#$%&()\\*\\+,-\\./:;<=>?@\\[\\\\\\]^_`{|}~\\\']', '<br />', '[^\\w\\s]', '(?i)[^k]', '\\R', '\\h', '\\C',
]
REWRITES = ['', 'X', '<\\0>', '\\1-\\2', '\\\\', 'a\\x', 'b\\']


def add():
    value = strings(TEXTS)
    for pattern in PATTERNS:
        if '\\C' in pattern:
            continue
        for rewrite in REWRITES:
            for everywhere in [True, False]:
                case('StaticRegexReplace', {'input': value}, pattern=pattern, rewrite=rewrite, replace_global=everywhere)
        for everywhere in [True, False]:
            case('RegexReplace', {'input': value, 'pattern': strings(pattern.encode()), 'rewrite': strings(b'<\\0>\xff')}, replace_global=everywhere)
        case('RegexFullMatch', {'input': value, 'pattern': strings(pattern.encode())})
        case('StaticRegexFullMatch', {'input': value}, pattern=pattern)
    for pattern in [b'\xff', b'[\xff]', b'a\xc3']:
        case('RegexFullMatch', {'input': value, 'pattern': strings(pattern)})
        case('RegexReplace', {'input': value, 'pattern': strings(pattern), 'rewrite': strings(b'')})
    for pattern, rewrite in [([b'a'], b''), (b'a', [b''])]:
        case('RegexReplace', {'input': value, 'pattern': strings(pattern), 'rewrite': strings(rewrite)})
    case('RegexFullMatch', {'input': value, 'pattern': strings([b'a'])})
    case('RegexReplace', {'input': strings([]), 'pattern': strings(b'a'), 'rewrite': strings(b'')})
    case('StaticRegexFullMatch', {'input': strings([])}, pattern='a')
    add_random()


def add_random():
    """Patterns put together at random, over texts of the characters in them and broken ones."""
    chance = random.Random(4)
    atoms = ['a', 'b', '.', '[^a]', 'é', '(a)', '(?:ab|a)', '\\b', '^', '$', '[é€]', '\\W', '(b|)', '(?i)A', '\\B', '[a-ÿ]']
    pieces = [b'a', b'b', b'\xc3\xa9', b'\xe2\x82\xac', b'\xff', b'\xc3', b' ', b'\n', b'A', b'\xa9']
    for _ in range(250):
        pattern = ''.join(
            chance.choice(atoms) + chance.choice(['', '', '', '*', '+', '?', '*?', '{1,2}', '|']) for _ in range(chance.randint(1, 5))
        )
        texts = [b''.join(chance.choice(pieces) for _ in range(chance.randint(0, 7))) for _ in range(8)]
        case('StaticRegexReplace', {'input': strings(texts)}, pattern=pattern, rewrite='<\\0>', replace_global=True)
        if '(a)' in pattern or '(b|)' in pattern:
            case('StaticRegexReplace', {'input': strings(texts)}, pattern=pattern, rewrite='<\\1>', replace_global=False)
        case('StaticRegexFullMatch', {'input': strings(texts)}, pattern=pattern)
