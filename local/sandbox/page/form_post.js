// The answer of a sign-in goes back by itself; the button is for browsers without scripts.
document.forms[0].submit()
