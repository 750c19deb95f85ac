"""Where do the review's pages live?"""

from django.urls import path

from reviews.views import decision, home, item, reminders, review, telling

app_name = "reviews"

ITEM = "reviews/<slug:slug>/items/<int:number>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("profile/reminders/", telling.telling, name="telling"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/seen/", reminders.reminders_seen, name="reminders_seen"),
    path("messages/", reminders.sent_messages, name="messages"),
    path("reviews/", review.reviews, name="reviews"),
    path("reviews/new/", review.review_new, name="review_new"),
    path("reviews/<slug:slug>/", review.review, name="review"),
    path("reviews/<slug:slug>/edit/", review.review_edit, name="review_edit"),
    path("reviews/<slug:slug>/roles/", review.review_roles, name="review_roles"),
    path("reviews/<slug:slug>/bulk/", review.review_bulk, name="review_bulk"),
    path("reviews/<slug:slug>/accept-roles/", review.review_accept_roles, name="review_accept_roles"),
    path("reviews/<slug:slug>/decision/", decision.review_decision, name="decision"),
    path("reviews/<slug:slug>/conditions/<int:pk>/meet/", decision.condition_meet, name="condition_meet"),
    path(ITEM, item.item, name="item"),
    path(f"{ITEM}record/", item.item_record, name="item_record"),
    path(f"{ITEM}cite/", item.item_cite, name="item_cite"),
    path(f"{ITEM}citations/<int:citation>/remove/", item.item_uncite, name="item_uncite"),
    path(f"{ITEM}sign/", item.item_sign, name="item_sign"),
    path(f"{ITEM}comment/", item.item_comment, name="item_comment"),
    path(f"{ITEM}owner/", item.item_owner, name="item_owner"),
    path(f"{ITEM}<slug:key>/", item.item_move, name="item_move"),
]
